//! `state::batch`: writes and checks on several entries, all or nothing.

use super::{Answer, Call, set, update};
use crate::error::{self, WriteError, store_code};
use crate::input::{self, Given};
use crate::json;
use crate::limits::UPDATE_ATTEMPTS_MAX;
use crate::store::Store;
use crate::update::{Op, RawOp};
use bytes::Bytes;
use iii_kit::{HandlerError, RegisterFunction};
use iii_ports::kv::{Address, Version};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::borrow::Cow;
use std::time::Duration;

mod plan;

/// Input of `state::batch`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "StateBatchInput")]
struct Input<'a> {
    /// Applied in order, together or not at all. Versions are those from before the batch.
    #[serde(borrow)]
    ops: Vec<RawStep<'a>>,
    /// What the engine adds for old workers, where it is told to.
    #[serde(default, rename = "_caller_worker_id")]
    #[schemars(skip)]
    _caller: IgnoredAny,
}

/// One operation of a batch.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "StateBatchOp")]
struct RawStep<'a> {
    /// `set`, `delete`, `update` or `check`.
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    /// Group of entries.
    #[serde(borrow)]
    scope: Cow<'a, str>,
    /// Name within the scope.
    #[serde(borrow)]
    key: Cow<'a, str>,
    /// For `set`: any JSON value; also accepted as `data`.
    #[serde(borrow, default, alias = "data")]
    value: Given<'a>,
    /// For `update`: as in `state::update`, but one that fails fails the batch.
    #[serde(borrow, default)]
    ops: Option<Vec<RawOp<'a>>>,
    /// The version the entry must have before the batch; 0 means that it must not exist.
    if_version: Option<u64>,
    /// For `set` and `update`: the entry expires after so many milliseconds.
    #[schemars(range(min = 1))]
    ttl_ms: Option<u64>,
}

/// Output of `state::batch`.
#[derive(JsonSchema)]
#[schemars(rename = "StateBatchOutput")]
#[expect(dead_code, reason = "only its schema is used")]
struct Output {
    /// One per operation.
    results: Vec<OutputStep>,
}

/// What one operation of a batch did.
#[derive(JsonSchema)]
#[schemars(rename = "StateBatchResult")]
#[expect(dead_code, reason = "only its schema is used")]
struct OutputStep {
    /// The value before; `null` if there was none. Absent for `check`.
    old_value: Option<serde_json::Value>,
    /// The value now. Absent for `check` and `delete`.
    new_value: Option<serde_json::Value>,
    /// The entry's version now; absent for `delete`.
    version: Option<u64>,
}

/// One operation, ready to plan.
struct Step<'a> {
    at: Address,
    if_version: Option<Version>,
    ttl: Option<Duration>,
    action: Action<'a>,
}

enum Action<'a> {
    Set(Bytes),
    Delete,
    Update(Vec<Op<'a>>),
    Check,
}

pub(super) fn describe(function: RegisterFunction) -> RegisterFunction {
    function
        .description("Applies several writes and checks together: all of them or none")
        .request_format_of::<Input<'_>>()
        .response_format_of::<Output>()
}

pub(super) async fn run(store: &Store, call: Call<'_>) -> Answer {
    let input: Input<'_> = input::read(call.input)?;
    let limit = store.batch_items_max();
    if input.ops.len() > limit {
        let message = format!(
            "`ops` has {} operations, the limit is {limit}",
            input.ops.len()
        );
        return Err(error::invalid(message));
    }
    let steps = input
        .ops
        .iter()
        .enumerate()
        .map(|(index, raw)| read(store, raw).map_err(|error| in_op(index, error)));
    let steps: Vec<Step<'_>> = steps.collect::<Result<_, _>>()?;
    let updates = steps
        .iter()
        .filter(|step| matches!(step.action, Action::Update(_)));
    let _turn = store.lanes.enter(updates.map(|step| &step.at)).await;
    for _ in 0..UPDATE_ATTEMPTS_MAX {
        let mut plan = plan::make(store, &steps).await?;
        match store.commit(plan.take_batch(), call.trace).await {
            Ok(committed) => return Ok(Some(json::payload(plan.output(&steps, committed)))),
            Err(WriteError::Store(error)) => plan.explain(error)?,
            Err(error) => return Err(error::write_failed(error, store_code::BATCH)),
        }
    }
    Err(error::contended())
}

fn read<'a>(store: &Store, raw: &RawStep<'a>) -> Result<Step<'a>, HandlerError> {
    let action = match &*raw.kind {
        "set" => {
            let value = raw.value.to_bytes()?;
            store.check_value(value.len())?;
            Action::Set(value)
        }
        "delete" => Action::Delete,
        "update" => {
            let ops = raw
                .ops
                .as_deref()
                .ok_or_else(|| error::invalid("`ops` is missing"))?;
            Action::Update(update::read_ops(ops)?)
        }
        "check" if raw.if_version.is_none() => {
            return Err(error::invalid("`if_version` is missing"));
        }
        "check" => Action::Check,
        other => {
            return Err(error::invalid(format!(
                "unknown type `{other}`, expected `set`, `delete`, `update` or `check`"
            )));
        }
    };
    Ok(Step {
        at: Address::new(&*raw.scope, &*raw.key),
        if_version: raw.if_version.map(Version),
        ttl: input::ttl(raw.ttl_ms)?,
        action,
    })
}

/// Says which operation an error is about.
fn in_op(index: usize, error: HandlerError) -> HandlerError {
    let message = format!("ops[{index}]: {}", error.message);
    HandlerError::new(error.code, message)
}
