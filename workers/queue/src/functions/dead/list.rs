//! `queue::dlq::list`: a page of dead messages.

use super::Filter;
use crate::core::{DeadHead, MessageId, Reason};
use crate::error;
use crate::functions::list::find;
use crate::functions::message::dead_head;
use crate::functions::{Answer, answer};
use crate::hub::Hub;
use crate::input;
use crate::limits::{PAGE_DEFAULT, PAGE_MAX};
use iii_kit::{Context, Payload};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use std::sync::Arc;

/// A page of dead messages; of all of them where it does not say which.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DeadList")]
pub(super) struct Input {
    /// The queue.
    queue: String,
    /// Why they died.
    reason: Option<Reason>,
    /// Code of the last error.
    code: Option<String>,
    /// The function they were for.
    function_id: Option<String>,
    /// Died at or after this instant, in milliseconds since 1970.
    since: Option<u64>,
    /// Died before this instant.
    until: Option<u64>,
    /// The `cursor` of the page before.
    cursor: Option<String>,
    /// Most messages of the page, up to 500.
    limit: Option<usize>,
    /// What the engine adds for old workers, where it is told to.
    #[serde(default, rename = "_caller_worker_id")]
    #[schemars(skip)]
    _caller: IgnoredAny,
}

pub(super) async fn run(hub: Arc<Hub>, payload: Option<Payload>, _: Context) -> Answer {
    let input: Input = input::read(payload.as_ref())?;
    let queue = find(&hub, &input.queue)?;
    let limit = input.limit.unwrap_or(PAGE_DEFAULT).clamp(1, PAGE_MAX);
    let mut after = match &input.cursor {
        None => None,
        Some(cursor) => Some(hub.message(cursor).map_err(|_| error::no_cursor(cursor))?),
    };
    let filter = Filter {
        reason: input.reason,
        code: input.code,
        function_id: input.function_id,
        since: input.since,
        until: input.until,
    };
    let mut items = Vec::new();
    let cursor = loop {
        let ids = super::after(&hub, queue, after, PAGE_MAX);
        let is_last = ids.len() < PAGE_MAX;
        for id in ids {
            if items.len() == limit {
                break;
            }
            after = Some(id);
            if let Some(dead) = dead_head(&hub, queue, id).await?
                && filter.fits(&dead)
            {
                items.push(describe(&hub, id, &dead));
            }
        }
        if items.len() == limit {
            let more = !super::after(&hub, queue, after, 1).is_empty();
            break after.filter(|_| more);
        }
        if is_last {
            break None;
        }
    };
    let cursor = cursor.map(|id| hub.name(id));
    answer(&json!({ "items": items, "cursor": cursor }))
}

/// A dead message without its data.
pub(super) fn describe(hub: &Hub, id: MessageId, dead: &DeadHead) -> Value {
    let error = dead.error.clone().unwrap_or_default();
    json!({
        "message_id": hub.name(id),
        "reason": dead.reason.as_str(),
        "error": {"code": error.code, "message": error.message},
        "attempts": dead.attempts,
        "enqueued_at": dead.enqueued_at.0,
        "failed_at": dead.died_at.0,
        "function_id": dead.function,
        "namespace": dead.namespace,
        "group": dead.group,
        "key": dead.key,
        "tenant": dead.tenant,
    })
}
