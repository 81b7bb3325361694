//! `state::set`: puts a value.

use super::{Answer, Call};
use crate::error::{self, store_code};
use crate::input::{self, Given};
use crate::json::Object;
use crate::store::Store;
use bytes::Bytes;
use iii_kit::RegisterFunction;
use iii_ports::kv::{Address, Outcome, Write};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::borrow::Cow;

/// Input of `state::set`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "StateSetInput")]
struct Input<'a> {
    /// Group of entries.
    #[serde(borrow)]
    scope: Cow<'a, str>,
    /// Name within the scope.
    #[serde(borrow)]
    key: Cow<'a, str>,
    /// Any JSON value; also accepted as `data`.
    #[serde(borrow, alias = "data")]
    value: Given<'a>,
    /// Write only if the entry has this version; 0 means that it must not exist.
    if_version: Option<u64>,
    /// The entry expires after so many milliseconds. Without it, it stays.
    #[schemars(range(min = 1))]
    ttl_ms: Option<u64>,
    /// What the engine adds for old workers, where it is told to.
    #[serde(default, rename = "_caller_worker_id")]
    #[schemars(skip)]
    _caller: IgnoredAny,
}

/// Output of `state::set`.
#[derive(JsonSchema)]
#[schemars(rename = "StateSetOutput")]
#[expect(dead_code, reason = "only its schema is used")]
struct Output {
    /// The value before; `null` if there was none.
    old_value: serde_json::Value,
    /// The value now.
    new_value: serde_json::Value,
    /// The entry's new version.
    version: u64,
}

pub(super) fn describe(function: RegisterFunction) -> RegisterFunction {
    function
        .description("Stores a value under a scope and key")
        .request_format_of::<Input<'_>>()
        .response_format_of::<Output>()
}

pub(super) async fn run(store: &Store, call: Call<'_>) -> Answer {
    let input: Input<'_> = input::read(call.input)?;
    let value = input.value.to_bytes()?;
    store.check_value(value.len())?;
    let at = Address::new(input.scope, input.key);
    let conditions = input::condition(&at, input.if_version);
    let expires_at = store.expiry(input::ttl(input.ttl_ms)?);
    let write = Write::Put {
        at,
        value: value.clone(),
        expires_at,
    };
    let outcome = store.commit_one(conditions, write, call.trace).await;
    let outcome = outcome.map_err(|error| error::write_failed(error, store_code::SET))?;
    Ok(Some(output(&outcome, &value).into_payload()))
}

/// `{old_value, new_value, version}` of a put.
pub(super) fn output(outcome: &Outcome, value: &Bytes) -> Object {
    let old = outcome.old.as_ref().map(|entry| &entry.value);
    let room = 64 + value.len() + old.map_or(0, Bytes::len);
    Object::with_capacity(room)
        .raw_or_null("old_value", old)
        .raw("new_value", value)
        .number("version", outcome.version.0)
}
