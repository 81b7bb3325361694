//! `queue::dlq::{list, get, edit, redrive, discard}`: messages that are dead.

use super::list::find;
use super::message::{ById, dead_head, head, locate};
use super::{Answer, Offer, raw, typed};
use crate::core::{Body, DeadHead, MessageId, QueueId};
use crate::error;
use crate::hub::Hub;
use crate::input::{self, Given};
use crate::limits::{PAGE_DEFAULT, PAGE_MAX};
use iii_kit::{Bytes, Context, HandlerError, Payload};
use iii_ports::log::Change;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::sync::Arc;

/// A page of dead messages.
#[derive(Deserialize, JsonSchema)]
struct List {
    /// The queue.
    queue: String,
    #[serde(flatten)]
    filter: Filter,
    /// The `cursor` of the page before.
    #[serde(default)]
    cursor: Option<String>,
    /// Most messages of the page, up to 500.
    #[serde(default)]
    limit: Option<usize>,
}

/// Which dead messages are meant; all of them when it says nothing.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Filter {
    /// Why they died: `attempts_exhausted`, `not_retryable` or `expired`.
    reason: Option<String>,
    /// Code of the last error.
    code: Option<String>,
    /// The function they were for.
    function_id: Option<String>,
    /// Died at or after this instant, in milliseconds since 1970.
    since: Option<u64>,
    /// Died before this instant.
    until: Option<u64>,
}

/// Dead messages to hand over again, or to remove.
#[derive(Deserialize, JsonSchema)]
struct Some_ {
    /// The queue, where no `message_id` or `message_ids` are given.
    #[serde(default)]
    queue: Option<String>,
    /// One message.
    #[serde(default)]
    message_id: Option<String>,
    /// Several messages.
    #[serde(default)]
    message_ids: Vec<String>,
    #[serde(flatten)]
    filter: Filter,
}

/// New data for a dead message.
#[derive(Deserialize, JsonSchema)]
struct Edit<'a> {
    /// The message.
    #[serde(borrow)]
    message_id: Cow<'a, str>,
    /// What it carries from now on.
    #[serde(borrow)]
    data: Given<'a>,
}

/// How many messages were meant and changed.
#[derive(Serialize, JsonSchema)]
pub(super) struct Count {
    /// Messages.
    pub(super) count: u64,
}

/// What is done with dead messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Course {
    Redrive,
    Discard,
}

impl Filter {
    fn fits(&self, dead: &DeadHead) -> bool {
        let is = |wanted: &Option<String>, value: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| value == Some(wanted))
        };
        is(&self.reason, Some(dead.reason.as_str()))
            && is(&self.code, dead.error.as_ref().map(|error| &*error.code))
            && is(&self.function_id, dead.function.as_deref())
            && self.since.is_none_or(|since| dead.died_at.0 >= since)
            && self.until.is_none_or(|until| dead.died_at.0 < until)
    }
}

pub(super) fn offers(hub: &Arc<Hub>) -> Vec<Offer> {
    let list = raw(hub, list)
        .description("Dead messages of a queue, with reason, attempts and last error")
        .request_format_of::<List>();
    let get = raw(hub, get)
        .description("A dead message with its data")
        .request_format_of::<ById>();
    let edit = raw(hub, edit)
        .description("Gives a dead message other data")
        .request_format_of::<Edit<'static>>();
    let redrive = typed(hub, |hub, input| some(hub, input, Course::Redrive));
    let discard = typed(hub, |hub, input| some(hub, input, Course::Discard));
    vec![
        ("queue::dlq::list", list),
        ("queue::dlq::get", get),
        ("queue::dlq::edit", edit),
        (
            "queue::dlq::redrive",
            redrive.description("Hands dead messages over again: one, several, or all that fit"),
        ),
        (
            "queue::dlq::discard",
            discard.description("Removes dead messages: one, several, or all that fit"),
        ),
    ]
}

async fn list(hub: Arc<Hub>, payload: Option<Payload>, _: Context) -> Answer {
    let input: List = input::read(payload.as_ref())?;
    let queue = find(&hub, &input.queue)?;
    let limit = input.limit.unwrap_or(PAGE_DEFAULT).clamp(1, PAGE_MAX);
    let mut after = match &input.cursor {
        None => None,
        Some(cursor) => Some(hub.message(cursor)?),
    };
    let mut items = Vec::new();
    let cursor = loop {
        let ids = dead_after(&hub, queue, after, PAGE_MAX);
        let is_last = ids.len() < PAGE_MAX;
        for id in ids {
            if items.len() == limit {
                break;
            }
            after = Some(id);
            if let Some(dead) = dead_head(&hub, queue, id).await?
                && input.filter.fits(&dead)
            {
                items.push(describe(&hub, id, &dead));
            }
        }
        if items.len() == limit {
            let more = !dead_after(&hub, queue, after, 1).is_empty();
            break after.filter(|_| more);
        }
        if is_last {
            break None;
        }
    };
    let cursor = cursor.map(|id| hub.name(id));
    let answer = json!({ "items": items, "cursor": cursor });
    super::answer(&answer)
}

pub(super) fn dead_after(
    hub: &Hub,
    queue: QueueId,
    after: Option<MessageId>,
    most: usize,
) -> Vec<MessageId> {
    let broker = hub.broker.lock();
    let entry = broker.entry(queue);
    entry.map_or_else(Vec::new, |entry| entry.queue.dead_after(after, most))
}

fn describe(hub: &Hub, id: MessageId, dead: &DeadHead) -> Value {
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

async fn get(hub: Arc<Hub>, payload: Option<Payload>, _: Context) -> Answer {
    let input: ById = input::read(payload.as_ref())?;
    let (queue, id) = locate(&hub, &input.message_id)?;
    let dead = dead_head(&hub, queue, id).await?;
    let dead = dead.ok_or_else(|| error::no_message(&input.message_id))?;
    let body = hub.bodies(queue, &[id]).await?.remove(0);
    let body = body.ok_or_else(|| error::no_message(&input.message_id))?;
    let body = Body::decode(&body).map_err(error::damaged)?;
    let mut answer = describe(&hub, id, &dead);
    answer["data"] = serde_json::from_slice(body.data.as_bytes()).map_err(error::damaged)?;
    super::answer(&answer)
}

async fn edit(hub: Arc<Hub>, payload: Option<Payload>, _: Context) -> Answer {
    let (name, data) = {
        let input: Edit<'_> = input::read(payload.as_ref())?;
        let data = input.data.text().unwrap_or("null");
        let data = Bytes::copy_from_slice(data.as_bytes());
        (input.message_id.into_owned(), Payload::from_trusted(data))
    };
    let (queue, id) = locate(&hub, &name)?;
    let claim = hub
        .broker
        .lock()
        .with(queue, |queue, _| queue.claim_dead(id));
    let before = claim.flatten().ok_or_else(|| error::no_message(&name))?;
    let edited = rewrite(&hub, queue, id, &name, data).await;
    let after = *edited.as_ref().unwrap_or(&before);
    hub.broker
        .lock()
        .with(queue, |queue, _| queue.unclaim_dead(id, after));
    edited?;
    let answer = json!({ "message_id": name });
    super::answer(&answer)
}

async fn rewrite(
    hub: &Hub,
    queue: QueueId,
    id: MessageId,
    name: &str,
    data: Payload,
) -> Result<u32, HandlerError> {
    let head = head(hub, queue, id).await?;
    let head = head.ok_or_else(|| error::no_message(name))?;
    let body = hub.bodies(queue, &[id]).await?.remove(0);
    let body = body.ok_or_else(|| error::no_message(name))?;
    let body = Body {
        data,
        ..Body::decode(&body).map_err(error::damaged)?
    };
    let body = body.encode();
    let len = u32::try_from(body.len()).unwrap_or(u32::MAX);
    let change = {
        let broker = hub.broker.lock();
        let entry = broker.entry(queue).ok_or_else(|| error::no_message(name))?;
        entry.queue.rewrite_dead(id, head, body)
    };
    let written = hub.commits.plain(hub, vec![change]).await;
    written.map_err(|failed| error::not_written(&failed))?;
    Ok(len)
}

async fn some(hub: Arc<Hub>, input: Some_, course: Course) -> Result<Count, HandlerError> {
    let named: Vec<String> = input
        .message_id
        .into_iter()
        .chain(input.message_ids)
        .collect();
    if !named.is_empty() {
        for name in &named {
            let (queue, id) = locate(&hub, name)?;
            if change(&hub, queue, &[id], &Filter::default(), course).await? == 0 {
                return Err(error::no_message(name));
            }
        }
        let count = named.len() as u64;
        return Ok(Count { count });
    }
    let queue = input
        .queue
        .ok_or_else(|| error::invalid("name a `queue`, a `message_id` or several `message_ids`"))?;
    let queue = find(&hub, &queue)?;
    let count = all(&hub, queue, &input.filter, course).await?;
    Ok(Count { count })
}

/// All dead messages of a queue that fit.
pub(super) async fn all(
    hub: &Arc<Hub>,
    queue: QueueId,
    filter: &Filter,
    course: Course,
) -> Result<u64, HandlerError> {
    let (mut count, mut after) = (0, None);
    loop {
        let ids = dead_after(hub, queue, after, PAGE_MAX);
        let Some(last) = ids.last().copied() else {
            return Ok(count);
        };
        after = Some(last);
        count += change(hub, queue, &ids, filter, course).await?;
    }
}

/// Claims messages, writes what becomes of those that fit, and gives the others back.
pub(super) async fn change(
    hub: &Arc<Hub>,
    queue: QueueId,
    ids: &[MessageId],
    filter: &Filter,
    course: Course,
) -> Result<u64, HandlerError> {
    let mut claimed = Claimed {
        hub: Arc::clone(hub),
        queue,
        ids: Vec::new(),
    };
    claimed.claim(ids);
    let mut changes: Vec<Change> = Vec::new();
    let mut heads: Vec<(MessageId, u32, Bytes)> = Vec::new();
    for &(id, len) in &claimed.ids {
        let Some(head) = head(hub, queue, id).await? else {
            continue;
        };
        let dead = DeadHead::decode(&head).map_err(error::damaged)?;
        if !dead.is_some_and(|dead| filter.fits(&dead)) {
            continue;
        }
        let broker = hub.broker.lock();
        let entry = broker.entry(queue).ok_or_else(error::stopping)?;
        match course {
            Course::Discard => {
                changes.push(entry.queue.discard_dead(id));
                heads.push((id, len, head));
            }
            Course::Redrive => {
                let revived = entry.queue.revive(id, &head, None);
                let (change, head) = revived.map_err(error::damaged)?;
                changes.push(change);
                heads.push((id, len, head));
            }
        }
    }
    if changes.is_empty() {
        return Ok(0);
    }
    let written = hub.commits.plain(hub, changes).await;
    written.map_err(|failed| error::not_written(&failed))?;
    claimed
        .ids
        .retain(|(id, _)| heads.iter().all(|head| head.0 != *id));
    let count = heads.len() as u64;
    if course == Course::Redrive {
        let now = hub.now();
        let mut broker = hub.broker.lock();
        let loaded = broker.with(queue, |queue, _| {
            let mut heads = heads.iter();
            heads.try_for_each(|(id, len, head)| queue.load(*id, head, *len as usize, now))
        });
        drop(broker);
        loaded.unwrap_or(Ok(())).map_err(error::damaged)?;
        hub.pump();
    }
    Ok(count)
}

/// Dead messages that nobody else changes meanwhile. Those that are left are given back.
struct Claimed {
    hub: Arc<Hub>,
    queue: QueueId,
    ids: Vec<(MessageId, u32)>,
}

impl Claimed {
    fn claim(&mut self, ids: &[MessageId]) {
        let mut broker = self.hub.broker.lock();
        let claimed = broker.with(self.queue, |queue, _| {
            let claim = |id: &MessageId| Some((*id, queue.claim_dead(*id)?));
            ids.iter().filter_map(claim).collect()
        });
        self.ids = claimed.unwrap_or_default();
    }
}

impl Drop for Claimed {
    fn drop(&mut self) {
        let mut broker = self.hub.broker.lock();
        for &(id, len) in &self.ids {
            broker.with(self.queue, |queue, _| queue.unclaim_dead(id, len));
        }
    }
}
