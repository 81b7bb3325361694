//! `queue::dlq::redrive` and `queue::dlq::discard`: dead messages live again, or are gone.

use super::Filter;
use super::claim::Claimed;
use crate::core::{DeadHead, MessageId, QueueId, Reason};
use crate::error;
use crate::functions::list::find;
use crate::functions::message::{head, locate};
use crate::hub::Hub;
use crate::limits::PAGE_MAX;
use iii_kit::{Bytes, HandlerError};
use iii_ports::log::Change;
use schemars::JsonSchema;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What is done with dead messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::functions) enum Course {
    Redrive,
    Discard,
}

/// Dead messages to hand over again, or to remove.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DeadChange")]
pub(super) struct Input {
    /// The queue, where no `message_id` or `message_ids` are given: all of its dead messages, or
    /// those that fit.
    queue: Option<String>,
    /// One message.
    message_id: Option<String>,
    /// Several messages.
    #[serde(default)]
    message_ids: Vec<String>,
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
    /// What the engine adds for old workers, where it is told to.
    #[serde(default, rename = "_caller_worker_id")]
    #[schemars(skip)]
    _caller: IgnoredAny,
}

/// How many messages were meant and changed.
#[derive(Serialize, JsonSchema)]
pub(super) struct Count {
    /// Messages.
    count: u64,
}

pub(super) async fn run(
    hub: Arc<Hub>,
    input: Input,
    course: Course,
) -> Result<Count, HandlerError> {
    let ids = input.message_id.into_iter().chain(input.message_ids);
    let named: Vec<String> = ids.collect();
    if !named.is_empty() {
        for name in &named {
            let (queue, id) = locate(&hub, name)?;
            one(&hub, queue, id, name, course).await?;
        }
        let count = named.len() as u64;
        return Ok(Count { count });
    }
    let queue = input
        .queue
        .ok_or_else(|| error::invalid("name a `queue`, a `message_id` or several `message_ids`"))?;
    let queue = find(&hub, &queue)?;
    let filter = Filter {
        reason: input.reason,
        code: input.code,
        function_id: input.function_id,
        since: input.since,
        until: input.until,
    };
    let count = all(&hub, queue, &filter, course).await?;
    Ok(Count { count })
}

/// One dead message. `name` is its id as the caller wrote it.
pub(in crate::functions) async fn one(
    hub: &Arc<Hub>,
    queue: QueueId,
    id: MessageId,
    name: &str,
    course: Course,
) -> Result<(), HandlerError> {
    match some(hub, queue, &[id], &Filter::default(), course).await? {
        0 => Err(error::not_dead(name)),
        _ => Ok(()),
    }
}

/// All dead messages of a queue that fit; how many that were.
pub(in crate::functions) async fn all(
    hub: &Arc<Hub>,
    queue: QueueId,
    filter: &Filter,
    course: Course,
) -> Result<u64, HandlerError> {
    let (mut count, mut after) = (0, None);
    loop {
        let ids = super::after(hub, queue, after, PAGE_MAX);
        let Some(last) = ids.last().copied() else {
            return Ok(count);
        };
        after = Some(last);
        count += some(hub, queue, &ids, filter, course).await?;
    }
}

/// Claims messages, writes what becomes of those that fit, and gives the others back.
async fn some(
    hub: &Arc<Hub>,
    queue: QueueId,
    ids: &[MessageId],
    filter: &Filter,
    course: Course,
) -> Result<u64, HandlerError> {
    let claimed = Claimed::of(hub, queue, ids);
    if claimed.ids.is_empty() {
        return Ok(0);
    }
    let written = write(claimed, filter.clone(), course);
    let written = hub.tasks.to_its_end(written).await;
    written.ok_or_else(error::stopping)?
}

/// A message that is about to change: its head is what it will be, or was.
struct Changing {
    id: MessageId,
    body_len: u32,
    head: Bytes,
}

async fn write(mut claimed: Claimed, filter: Filter, course: Course) -> Result<u64, HandlerError> {
    let (hub, queue) = (Arc::clone(&claimed.hub), claimed.queue);
    let mut changes: Vec<Change> = Vec::new();
    let mut changing: Vec<Changing> = Vec::new();
    for &(id, body_len) in &claimed.ids {
        let Some(head) = head(&hub, queue, id).await? else {
            continue;
        };
        let dead = DeadHead::decode(&head).map_err(error::damaged)?;
        if !dead.is_some_and(|dead| filter.fits(&dead)) {
            continue;
        }
        let broker = hub.broker.lock();
        let entry = broker.entry(queue).ok_or_else(error::stopping)?;
        let (change, head) = match course {
            Course::Discard => (entry.queue.discard_dead(id), head),
            Course::Redrive => {
                let revived = entry.queue.revive(id, &head, None);
                revived.map_err(error::damaged)?
            }
        };
        changes.push(change);
        changing.push(Changing { id, body_len, head });
    }
    if changes.is_empty() {
        return Ok(0);
    }
    let written = hub.commits.plain(&hub, changes).await;
    written.map_err(|failed| error::not_written(&failed))?;
    let is_done = |id: MessageId| changing.iter().any(|it| it.id == id);
    claimed.ids.retain(|(id, _)| !is_done(*id));
    if course == Course::Redrive {
        hand_over_again(&hub, queue, &changing)?;
    }
    Ok(changing.len() as u64)
}

fn hand_over_again(
    hub: &Arc<Hub>,
    queue: QueueId,
    revived: &[Changing],
) -> Result<(), HandlerError> {
    let now = hub.now();
    let loaded = hub.broker.lock().with(queue, |queue, _| {
        let mut revived = revived.iter();
        revived.try_for_each(|it| queue.load(it.id, &it.head, it.body_len as usize, now))
    });
    loaded.unwrap_or(Ok(())).map_err(error::damaged)?;
    hub.pump();
    Ok(())
}
