//! `queue::{get, cancel, extend, progress}`: one message.

use super::{Answer, Offer, raw, typed};
use crate::core::{DeadHead, Found, MessageId, QueueId, Then, Ticket};
use crate::error;
use crate::hub::Hub;
use crate::input::{self, Given};
use crate::limits::PROGRESS_BYTES_MAX;
use iii_kit::{Context, HandlerError, Payload};
use iii_ports::log::EntryId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

/// A message by the id of its receipt.
#[derive(Deserialize, JsonSchema)]
pub(super) struct ById {
    /// The `messageReceiptId` of the enqueue, or `ctx.messageId` of the handler.
    pub(super) message_id: String,
}

/// Gives a handler more time.
#[derive(Deserialize, JsonSchema)]
struct Extend {
    /// The message that is being handled.
    message_id: String,
    /// How much longer it may take, from now on.
    by_ms: u64,
}

/// When a handler is given up.
#[derive(Serialize, JsonSchema)]
struct Extended {
    message_id: String,
    /// In milliseconds since 1970.
    until: u64,
}

/// What a handler reports.
#[derive(Deserialize, JsonSchema)]
struct Progress<'a> {
    /// The message that is being handled.
    #[serde(borrow)]
    message_id: Cow<'a, str>,
    /// Anything; seen by `queue::get`.
    #[serde(borrow, default)]
    progress: Given<'a>,
}

/// Whether a message was taken back.
#[derive(Serialize, JsonSchema)]
struct Cancelled {
    message_id: String,
    /// `false`: it is being handled, or done, or dead.
    cancelled: bool,
}

pub(super) fn offers(hub: &Arc<Hub>) -> Vec<Offer> {
    let get = raw(hub, get)
        .description("The state of a message: waiting, delayed, running, done or dead")
        .request_format_of::<ById>();
    let progress = raw(hub, progress)
        .description("Reports how far a handler is; also a sign of life")
        .request_format_of::<Progress<'static>>();
    let cancel = typed(hub, cancel);
    let extend = typed(hub, extend);
    vec![
        ("queue::get", get),
        ("queue::progress", progress),
        (
            "queue::cancel",
            cancel.description("Removes a message that is not being handled yet"),
        ),
        (
            "queue::extend",
            extend.description("Gives the handler of a message more time"),
        ),
    ]
}

/// The queue that has a message.
pub(super) fn locate(hub: &Hub, text: &str) -> Result<(QueueId, MessageId), HandlerError> {
    let id = hub.message(text)?;
    let broker = hub.broker.lock();
    let queue = broker.queue_of(id).map(|entry| entry.queue.id);
    let queue = queue.ok_or_else(|| error::no_message(text))?;
    Ok((queue, id))
}

async fn get(hub: Arc<Hub>, payload: Option<Payload>, _: Context) -> Answer {
    let input: ById = input::read(payload.as_ref())?;
    let (queue, id) = locate(&hub, &input.message_id)?;
    let (found, title) = {
        let broker = hub.broker.lock();
        let entry = broker
            .entry(queue)
            .ok_or_else(|| error::no_message(&input.message_id))?;
        (entry.queue.find(id), entry.definition.title())
    };
    let answer = if let Some(found) = found {
        live(&hub, queue, id, &title, &input.message_id, found).await?
    } else {
        let dead = dead_head(&hub, queue, id).await?;
        let dead = dead.ok_or_else(|| error::no_message(&input.message_id))?;
        let error = dead.error.unwrap_or_default();
        json!({
            "message_id": input.message_id, "queue": title, "state": "dead",
            "attempts": dead.attempts, "enqueued_at": dead.enqueued_at.0,
            "reason": dead.reason.as_str(), "failed_at": dead.died_at.0,
            "error": {"code": error.code, "message": error.message},
        })
    };
    super::answer(&answer)
}

async fn live(
    hub: &Arc<Hub>,
    queue: QueueId,
    id: MessageId,
    title: &str,
    text: &str,
    found: Found,
) -> Result<serde_json::Value, HandlerError> {
    let mut answer = json!({ "message_id": text, "queue": title, "state": found.state });
    if found.state != "done" {
        answer["attempts"] = found.attempts.into();
        answer["enqueued_at"] = found.enqueued_at.0.into();
    }
    if let Some(progress) = found.progress {
        answer["progress"] = serde_json::from_str(&progress).map_err(error::damaged)?;
    }
    if let Some(failure) = found.error {
        answer["error"] = json!({ "code": failure.code, "message": failure.message });
    }
    if found.has_result
        && let Some(result) = hub.bodies(queue, &[id]).await?.remove(0)
    {
        answer["result"] = serde_json::from_slice(&result).map_err(error::damaged)?;
    }
    Ok(answer)
}

/// What is stored about a dead message.
pub(super) async fn dead_head(
    hub: &Hub,
    queue: QueueId,
    id: MessageId,
) -> Result<Option<DeadHead>, HandlerError> {
    let Some(head) = head(hub, queue, id).await? else {
        return Ok(None);
    };
    DeadHead::decode(&head).map_err(error::damaged)
}

/// The head of one message as it is stored.
pub(super) async fn head(
    hub: &Hub,
    queue: QueueId,
    id: MessageId,
) -> Result<Option<iii_kit::Bytes>, HandlerError> {
    let log = {
        let broker = hub.broker.lock();
        broker.entry(queue).map(|entry| entry.queue.log().clone())
    };
    let Some(log) = log else {
        return Ok(None);
    };
    let before = EntryId(id.0.saturating_sub(1));
    let page = hub.log.heads(&log, Some(before), 1).await;
    let page = page.map_err(|failed| error::not_read(&failed))?;
    let head = page.items.into_iter().find(|head| head.id == EntryId(id.0));
    Ok(head.map(|head| head.head))
}

async fn cancel(hub: Arc<Hub>, input: ById) -> Result<Cancelled, HandlerError> {
    let (queue, id) = locate(&hub, &input.message_id)?;
    let told = {
        let mut broker = hub.broker.lock();
        let taken = broker.with(queue, |queue, _| queue.take_back(id)).flatten();
        match taken {
            None => None,
            Some((changes, settles)) => {
                let then = Then::Settled(queue, settles);
                Some(
                    hub.commits
                        .submit(&hub, Ticket { changes, then }, &mut broker)?,
                )
            }
        }
    };
    let cancelled = told.is_some();
    match told {
        None => {}
        Some(told) => match told.await {
            Ok(Ok(())) => {}
            Ok(Err(failed)) => return Err(error::not_written(&failed)),
            Err(_) => return Err(error::stopping()),
        },
    }
    Ok(Cancelled {
        message_id: input.message_id,
        cancelled,
    })
}

async fn extend(hub: Arc<Hub>, input: Extend) -> Result<Extended, HandlerError> {
    let more = Duration::from_millis(input.by_ms);
    let until = report(&hub, &input.message_id, Some(more), None)?;
    Ok(Extended {
        message_id: input.message_id,
        until,
    })
}

async fn progress(hub: Arc<Hub>, payload: Option<Payload>, _: Context) -> Answer {
    let input: Progress<'_> = input::read(payload.as_ref())?;
    let progress = input.progress.text().unwrap_or("null");
    if progress.len() > PROGRESS_BYTES_MAX {
        return Err(error::invalid(format!(
            "`progress` has {} bytes, the limit is {PROGRESS_BYTES_MAX}",
            progress.len()
        )));
    }
    let until = report(&hub, &input.message_id, None, Some(progress.to_owned()))?;
    let answer = json!({ "message_id": input.message_id, "until": until });
    super::answer(&answer)
}

fn report(
    hub: &Arc<Hub>,
    text: &str,
    more: Option<Duration>,
    progress: Option<String>,
) -> Result<u64, HandlerError> {
    let (queue, id) = locate(hub, text)?;
    let now = hub.now();
    let until = {
        let mut broker = hub.broker.lock();
        broker.with(queue, |queue, _| queue.report(id, more, progress, now))
    };
    hub.pump();
    let until = until.flatten();
    until.map(|at| at.0).ok_or_else(|| error::not_running(text))
}
