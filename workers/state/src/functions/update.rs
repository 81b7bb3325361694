//! `state::update`: operations on one entry, applied together.

use super::{Answer, Call};
use crate::error::{self, WriteError, store_code};
use crate::input;
use crate::json::Object;
use crate::limits::{UPDATE_ATTEMPTS_MAX, UPDATE_OPS_MAX};
use crate::store::Store;
use crate::update::{self, Op, OpError, RawOp};
use bytes::Bytes;
use iii_kit::{HandlerError, RegisterFunction};
use iii_ports::UnixMs;
use iii_ports::kv::{Address, CommitError, Condition, Entry, Version, Write};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::borrow::Cow;
use std::time::Duration;

/// Input of `state::update`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "StateUpdateInput")]
struct Input<'a> {
    /// Group of entries.
    #[serde(borrow)]
    scope: Cow<'a, str>,
    /// Name within the scope.
    #[serde(borrow)]
    key: Cow<'a, str>,
    /// Applied in order; one that fails is skipped and reported.
    #[serde(borrow)]
    ops: Vec<RawOp<'a>>,
    /// Update only if the entry has this version; 0 means that it must not exist.
    if_version: Option<u64>,
    /// The entry expires after so many milliseconds. Without it, its expiry stays as it is.
    #[schemars(range(min = 1))]
    ttl_ms: Option<u64>,
    /// What the engine adds for old workers, where it is told to.
    #[serde(default, rename = "_caller_worker_id")]
    #[schemars(skip)]
    _caller: IgnoredAny,
}

/// Output of `state::update`.
#[derive(JsonSchema)]
#[schemars(rename = "StateUpdateOutput")]
#[expect(dead_code, reason = "only its schema is used")]
struct Output {
    /// The value before; `null` if there was none.
    old_value: serde_json::Value,
    /// The value now.
    new_value: serde_json::Value,
    /// The operations that were skipped; absent if there are none.
    errors: Option<Vec<OpError>>,
    /// The entry's version now; 0 if it does not exist.
    version: u64,
}

pub(super) fn describe(function: RegisterFunction) -> RegisterFunction {
    function
        .description("Changes parts of a value in one step: set, merge, increment, append, remove")
        .request_format_of::<Input<'_>>()
        .response_format_of::<Output>()
}

pub(super) async fn run(store: &Store, call: Call<'_>) -> Answer {
    let input: Input<'_> = input::read(call.input)?;
    let ops = read_ops(&input.ops)?;
    let ttl = input::ttl(input.ttl_ms)?;
    let at = Address::new(input.scope, input.key);
    let _turn = store.lanes.enter([&at].into_iter()).await;
    for _ in 0..UPDATE_ATTEMPTS_MAX {
        let current = store.get(&at.scope, &at.key).await;
        let current = current.map_err(|error| error::read_failed(error, store_code::UPDATE))?;
        let version = current
            .as_ref()
            .map_or(Version::ABSENT, |entry| entry.version);
        if let Some(expected) = input
            .if_version
            .map(Version)
            .filter(|asked| *asked != version)
        {
            return Err(error::mismatch(&at, expected, version));
        }
        let computed = compute(store, current.as_ref(), &ops, ttl)?;
        let old = current.map(|entry| entry.value);
        let Some(new) = computed.value.clone() else {
            let output = output(old.as_ref(), old.as_ref(), &computed.errors);
            return Ok(Some(output.number("version", version.0).into_payload()));
        };
        let conditions = vec![Condition {
            at: at.clone(),
            version,
        }];
        let expires_at = computed.expires_at;
        let write = Write::Put {
            at: at.clone(),
            value: new.clone(),
            expires_at,
        };
        match store.commit_one(conditions, write, call.trace).await {
            Ok(outcome) => {
                let output = output(old.as_ref(), Some(&new), &computed.errors);
                return Ok(Some(
                    output.number("version", outcome.version.0).into_payload(),
                ));
            }
            Err(WriteError::Store(CommitError::Conflict { .. })) => {}
            Err(error) => return Err(error::write_failed(error, store_code::UPDATE)),
        }
    }
    Err(error::contended())
}

/// What operations make of an entry.
pub(super) struct Computed {
    /// The new value; `None` if there is nothing to write.
    pub(super) value: Option<Bytes>,
    /// The operations that were skipped.
    pub(super) errors: Vec<OpError>,
    /// When the new value expires.
    pub(super) expires_at: Option<UnixMs>,
}

/// Computes what operations make of an entry, if it exists.
pub(super) fn compute(
    store: &Store,
    current: Option<&Entry>,
    ops: &[Op<'_>],
    ttl: Option<Duration>,
) -> Result<Computed, HandlerError> {
    let text = current
        .map(|entry| std::str::from_utf8(&entry.value))
        .transpose();
    let text = text.map_err(|_| HandlerError::new(store_code::UPDATE, "the value is not JSON"))?;
    let applied = update::apply_all(text, ops);
    let value = match applied.changed {
        Some(text) => Some(Bytes::from(text)),
        // A new time to live is worth a write of its own.
        None => current
            .filter(|_| ttl.is_some())
            .map(|entry| entry.value.clone()),
    };
    store.check_value(value.as_ref().map_or(0, Bytes::len))?;
    let expires_at = match ttl {
        Some(_) => store.expiry(ttl),
        None => current.and_then(|entry| entry.expires_at),
    };
    Ok(Computed {
        value,
        errors: applied.errors,
        expires_at,
    })
}

/// `{old_value, new_value, errors?}`.
pub(super) fn output(old: Option<&Bytes>, new: Option<&Bytes>, errors: &[OpError]) -> Object {
    let room = 64 + old.map_or(0, Bytes::len) + new.map_or(0, Bytes::len);
    let output = Object::with_capacity(room)
        .raw_or_null("old_value", old)
        .raw_or_null("new_value", new);
    if errors.is_empty() {
        return output;
    }
    output.raw("errors", &serde_json::to_vec(errors).unwrap_or_default())
}

/// Checks a list of operations.
pub(super) fn read_ops<'a>(ops: &[RawOp<'a>]) -> Result<Vec<Op<'a>>, HandlerError> {
    if ops.len() > UPDATE_OPS_MAX {
        let message = format!(
            "`ops` has {} operations, the limit is {UPDATE_OPS_MAX}",
            ops.len()
        );
        return Err(error::invalid(message));
    }
    let read = |(index, op)| {
        Op::read(op).map_err(|why| error::invalid(format!("operation {index}: {why}")))
    };
    ops.iter().enumerate().map(read).collect()
}
