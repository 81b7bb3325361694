//! Reading inputs without reading the values in them.

use crate::error;
use bytes::Bytes;
use iii_kit::{HandlerError, Payload, explain_json};
use iii_ports::kv::{Address, Condition, Version};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::time::Duration;

/// JSON text of a field: absent is not `null`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Given<'a>(Option<&'a RawValue>);

impl<'a> Given<'a> {
    /// The text, if the field is there.
    pub(crate) fn text(&self) -> Option<&'a str> {
        self.0.map(RawValue::get)
    }

    /// The text in memory of its own, so that a stored value does not hold the frame it came in.
    pub(crate) fn to_bytes(self) -> Result<Bytes, HandlerError> {
        let text = self
            .text()
            .ok_or_else(|| error::invalid("`value` is missing"))?;
        Ok(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Given<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&'a RawValue>::deserialize(deserializer).map(|raw| Self(Some(raw)))
    }
}

impl JsonSchema for Given<'_> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "AnyValue".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        true.into()
    }
}

/// Reads an input. The engine has checked that it is well-formed JSON.
pub(crate) fn read<'a, T: Deserialize<'a>>(input: Option<&'a Payload>) -> Result<T, HandlerError> {
    let text = match input {
        Some(input) if !input.is_null() => input.as_bytes(),
        _ => b"{}",
    };
    if !text.trim_ascii_start().starts_with(b"{") {
        return Err(error::invalid("the input must be an object"));
    }
    serde_json::from_slice(text).map_err(|error| error::invalid(explain_json(&error, text)))
}

/// The condition that an `if_version` makes.
pub(crate) fn condition(at: &Address, if_version: Option<u64>) -> Vec<Condition> {
    let version = if_version.map(Version);
    version
        .map(|version| Condition {
            at: at.clone(),
            version,
        })
        .into_iter()
        .collect()
}

/// A time to live from an input.
pub(crate) fn ttl(ttl_ms: Option<u64>) -> Result<Option<Duration>, HandlerError> {
    match ttl_ms {
        Some(0) => Err(error::invalid("`ttl_ms` must be at least 1")),
        ttl_ms => Ok(ttl_ms.map(Duration::from_millis)),
    }
}
