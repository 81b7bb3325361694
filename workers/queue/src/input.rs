//! Reading what callers send, without reading the data in it.

use crate::core::{Body, Debounce, NewMessage, Settings, Target, Throttle};
use crate::error;
use crate::limits::NAME_BYTES_MAX;
use iii_kit::{Bytes, HandlerError, Payload, TraceContext, explain_json};
use iii_ports::UnixMs;
use schemars::JsonSchema;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

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

/// JSON text of a field: absent is not `null`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Given<'a>(Option<&'a RawValue>);

impl<'a> Given<'a> {
    pub(crate) fn text(&self) -> Option<&'a str> {
        self.0.map(RawValue::get)
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

/// What a message is asked to be, beside its data. All of it is optional.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Options {
    /// Messages of a group are handed over one after the other, in their order.
    pub(crate) group: Option<String>,
    /// Messages of a key share the limits `key_concurrency` and `key_rate` of the queue.
    pub(crate) key: Option<String>,
    /// Tenants share the deliveries of the queue by their weights.
    pub(crate) tenant: Option<String>,
    /// From 0 to 255; higher ones first.
    pub(crate) priority: Option<u64>,
    /// Not before so many milliseconds have passed.
    pub(crate) delay_ms: Option<u64>,
    /// Not before this instant, in milliseconds since 1970.
    pub(crate) run_at: Option<u64>,
    /// Dead if it was not handed over within so many milliseconds.
    pub(crate) ttl_ms: Option<u64>,
    /// How long one attempt may take.
    pub(crate) timeout_ms: Option<u64>,
    /// Attempts in all.
    pub(crate) attempts_max: Option<u32>,
    /// A second message with this key is not enqueued: the answer is that of the first, with its
    /// result if it is done.
    pub(crate) idempotency_key: Option<String>,
    /// For how long the key is remembered, in milliseconds.
    pub(crate) idempotency_window_ms: Option<u64>,
    /// While a message with this key waits or is handled, no other one is enqueued.
    pub(crate) singleton: Option<String>,
    /// Of a burst of messages with this key only the last is handed over.
    pub(crate) debounce: Option<DebounceInput>,
    /// Of the messages with this key only the first of each period is enqueued.
    pub(crate) throttle: Option<ThrottleInput>,
    // What the input says beside: read elsewhere, and named here so that a slip is none of it.
    #[schemars(skip)]
    queue: IgnoredAny,
    #[schemars(skip)]
    topic: IgnoredAny,
    #[schemars(skip)]
    function_id: IgnoredAny,
    #[schemars(skip)]
    namespace: IgnoredAny,
    #[schemars(skip)]
    data: IgnoredAny,
    #[schemars(skip)]
    metadata: IgnoredAny,
    #[schemars(skip)]
    traceparent: IgnoredAny,
    #[schemars(skip)]
    baggage: IgnoredAny,
    /// What the engine adds to an enqueue action.
    #[schemars(skip)]
    #[serde(rename = "messageReceiptId")]
    receipt: IgnoredAny,
    /// What the engine adds for old workers, where it is told to.
    #[schemars(skip)]
    #[serde(rename = "_caller_worker_id")]
    caller: IgnoredAny,
}

/// Only the last one of a burst.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DebounceInput {
    /// What the messages have in common.
    key: String,
    /// The burst is over after so many quiet milliseconds.
    ms: u64,
    /// Or after so many milliseconds in all.
    #[serde(default)]
    max_wait_ms: Option<u64>,
}

/// Only the first one of a period.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ThrottleInput {
    /// What the messages have in common.
    key: String,
    /// Length of the period, in milliseconds.
    ms: u64,
}

/// What a message carries, as it came.
pub(crate) struct Cargo<'a> {
    pub(crate) data: &'a str,
    pub(crate) metadata: Option<&'a str>,
    pub(crate) trace: TraceContext,
}

impl Cargo<'_> {
    fn encode(&self) -> Bytes {
        let copy = |text: &str| Payload::from_trusted(Bytes::copy_from_slice(text.as_bytes()));
        let body = Body {
            trace: self.trace.clone(),
            metadata: self.metadata.map(copy),
            data: copy(self.data),
        };
        body.encode()
    }
}

impl Options {
    /// The message that is asked for, with what the settings take from its data.
    pub(crate) fn message(
        self,
        target: Target,
        cargo: &Cargo<'_>,
        settings: &Settings,
        now: UnixMs,
    ) -> Result<NewMessage, HandlerError> {
        let fields = Fields::of(cargo.data, settings);
        let own = |given: Option<String>, field: &Option<String>| {
            given.or_else(|| fields.text(field.as_deref()?))
        };
        let group = own(self.group, &settings.message_group_field);
        let key = own(self.key, &settings.key_field);
        let tenant = own(self.tenant, &settings.tenant_field);
        if let Some(priority) = self.priority.filter(|it| *it > u64::from(u8::MAX)) {
            return Err(error::invalid(format!(
                "`priority` is {priority}, it must be from 0 to 255"
            )));
        }
        let priority = self.priority;
        let priority = priority.or_else(|| fields.number(settings.priority_field.as_deref()?));
        let delayed = self.delay_ms.map(|ms| now.after(Duration::from_millis(ms)));
        let debounce = self.debounce.map(|it| Debounce {
            key: it.key,
            ms: it.ms,
            max_wait_ms: it.max_wait_ms,
        });
        let quiet = debounce
            .as_ref()
            .map(|it| now.after(Duration::from_millis(it.ms)));
        let due = [delayed, self.run_at.map(UnixMs), quiet];
        let throttle = self.throttle.map(|it| Throttle {
            key: it.key,
            ms: it.ms,
        });
        let new = NewMessage {
            target,
            body: cargo.encode(),
            group: group.map(Arc::from),
            key: key.map(Arc::from),
            tenant: tenant.map(Arc::from),
            priority: u8::try_from(priority.unwrap_or_default()).unwrap_or(u8::MAX),
            due: due.into_iter().flatten().max(),
            ttl_ms: self.ttl_ms,
            timeout_ms: self.timeout_ms,
            attempts_max: self.attempts_max,
            idempotency_key: self.idempotency_key,
            idempotency_window_ms: self.idempotency_window_ms,
            singleton: self.singleton,
            debounce,
            throttle,
        };
        check(&new)?;
        Ok(new)
    }
}

fn check(new: &NewMessage) -> Result<(), HandlerError> {
    let names = [
        ("group", new.group.as_deref()),
        ("key", new.key.as_deref()),
        ("tenant", new.tenant.as_deref()),
        ("idempotency_key", new.idempotency_key.as_deref()),
        ("singleton", new.singleton.as_deref()),
        ("debounce.key", new.debounce.as_ref().map(|it| &*it.key)),
        ("throttle.key", new.throttle.as_ref().map(|it| &*it.key)),
    ];
    for (field, name) in names {
        let bytes = name.map_or(0, str::len);
        if bytes > NAME_BYTES_MAX {
            return Err(error::invalid(format!(
                "`{field}` has {bytes} bytes, the limit is {NAME_BYTES_MAX}"
            )));
        }
    }
    let (debounce, throttle) = (new.debounce.as_ref(), new.throttle.as_ref());
    let at_least_one = [
        ("ttl_ms", new.ttl_ms),
        ("timeout_ms", new.timeout_ms),
        ("attempts_max", new.attempts_max.map(u64::from)),
        ("debounce.ms", debounce.map(|it| it.ms)),
        ("throttle.ms", throttle.map(|it| it.ms)),
    ];
    if let Some((field, _)) = at_least_one.iter().find(|(_, value)| *value == Some(0)) {
        return Err(error::invalid(format!("`{field}` must be at least 1")));
    }
    if let Some(Debounce {
        ms,
        max_wait_ms: Some(max),
        ..
    }) = debounce
        && max < ms
    {
        return Err(error::invalid(format!(
            "`debounce.max_wait_ms` ({max}) is less than `debounce.ms` ({ms}), so no burst would \
             ever be quiet for long enough"
        )));
    }
    if new.idempotency_window_ms.is_some() && new.idempotency_key.is_none() {
        return Err(error::invalid(
            "`idempotency_window_ms` says for how long an `idempotency_key` is remembered, and \
             there is none",
        ));
    }
    Ok(())
}

/// Fields of the data, read only where the settings name one.
struct Fields<'a>(BTreeMap<Cow<'a, str>, &'a RawValue>);

impl<'a> Fields<'a> {
    fn of(data: &'a str, settings: &Settings) -> Self {
        let named = [
            &settings.message_group_field,
            &settings.key_field,
            &settings.tenant_field,
            &settings.priority_field,
        ];
        if named.iter().all(|field| field.is_none()) {
            return Self(BTreeMap::new());
        }
        Self(serde_json::from_str(data).unwrap_or_default())
    }

    /// The text of a string, or a number or truth value as it stands there.
    fn text(&self, field: &str) -> Option<String> {
        let raw = self.0.get(field)?.get();
        match serde_json::from_str::<String>(raw) {
            Ok(text) => Some(text),
            Err(_) if raw == "null" || raw.starts_with(['{', '[']) => None,
            Err(_) => Some(raw.to_owned()),
        }
    }

    fn number(&self, field: &str) -> Option<u64> {
        serde_json::from_str(self.0.get(field)?.get()).ok()
    }
}
