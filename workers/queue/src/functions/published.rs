//! The functions that older workers and tools call, with their shapes.

use super::dead::{self, Course, Filter};
use super::list::kind;
use super::message::{dead_head, locate};
use super::{Answer, Offer, answer, raw};
use crate::core::{Entry, QueueId};
use crate::error;
use crate::hub::Hub;
use crate::input;
use crate::limits::{PAGE_DEFAULT, PAGE_MAX};
use iii_kit::{Context, HandlerError, Payload};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use std::sync::Arc;

/// What backs the queues.
const BROKER: &str = "builtin";

/// A queue or a topic.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Which {
    /// The queue.
    queue: Option<String>,
    /// The topic: all of its subscriptions.
    topic: Option<String>,
    /// One message of it.
    message_id: Option<String>,
    /// Messages to skip.
    offset: usize,
    /// Most messages of the answer.
    limit: Option<usize>,
    /// What the engine adds for old workers, where it is told to.
    #[schemars(skip)]
    #[serde(rename = "_caller_worker_id")]
    caller: IgnoredAny,
}

pub(super) fn offers(hub: &Arc<Hub>) -> Vec<Offer> {
    vec![
        (
            "iii::queue::redrive",
            raw(hub, redrive)
                .description("Hands all dead messages of a queue or topic over again")
                .request_format_of::<Which>(),
        ),
        (
            "iii::queue::redrive_message",
            raw(hub, |hub, input, _| one(hub, input, Course::Redrive))
                .description("Hands a dead message over again")
                .request_format_of::<Which>(),
        ),
        (
            "iii::queue::discard_message",
            raw(hub, |hub, input, _| one(hub, input, Course::Discard))
                .description("Removes a dead message")
                .request_format_of::<Which>(),
        ),
        (
            "engine::queue::list_topics",
            raw(hub, list_topics).description("Topics and queues"),
        ),
        (
            "engine::queue::topic_stats",
            raw(hub, topic_stats)
                .description("How a topic or queue stands")
                .request_format_of::<Which>(),
        ),
        (
            "engine::queue::dlq_topics",
            raw(hub, dlq_topics).description("Topics and queues that have dead messages"),
        ),
        (
            "engine::queue::dlq_messages",
            raw(hub, dlq_messages)
                .description("Dead messages of a topic or queue")
                .request_format_of::<Which>(),
        ),
    ]
}

impl Which {
    fn name(&self) -> Result<&str, HandlerError> {
        let name = self.queue.as_deref().or(self.topic.as_deref());
        name.filter(|name| !name.is_empty()).ok_or_else(|| {
            HandlerError::new(
                "queue_not_set",
                "neither `queue` nor `topic` is given; `queue::list` names those there are",
            )
        })
    }

    /// The same, where older tools know another code.
    fn topic(&self) -> Result<&str, HandlerError> {
        self.name()
            .map_err(|wrong| HandlerError::new("topic_required", wrong.message))
    }
}

/// The queue of a name, or all of a topic.
fn queues(hub: &Hub, name: &str) -> Result<Vec<QueueId>, HandlerError> {
    let broker = hub.broker.lock();
    if let Some(entry) = broker.named(name) {
        return Ok(vec![entry.queue.id]);
    }
    if let Some(topic) = broker.topics().get(name) {
        let subscribed = topic.subscriptions.values().copied();
        return Ok(subscribed.chain(topic.backlog).collect());
    }
    let mut entries = broker.entries();
    let found = entries.find(|entry| !entry.is_ended() && entry.definition.title() == name);
    let found = found.map(|entry| vec![entry.queue.id]);
    found.ok_or_else(|| error::no_topic(&broker, name))
}

async fn redrive(hub: Arc<Hub>, payload: Option<Payload>, _: Context) -> Answer {
    let input: Which = input::read(payload.as_ref())?;
    let name = input.name()?;
    let mut redriven = 0;
    for queue in queues(&hub, name)? {
        redriven += dead::all(&hub, queue, &Filter::default(), Course::Redrive).await?;
    }
    answer(&json!({ "queue": name, "redriven": redriven }))
}

async fn one(hub: Arc<Hub>, payload: Option<Payload>, course: Course) -> Answer {
    let input: Which = input::read(payload.as_ref())?;
    let name = input.name()?;
    let message_id = input.message_id.as_deref().filter(|id| !id.is_empty());
    let message_id = message_id.ok_or_else(|| {
        let message =
            "`message_id` is missing; `engine::queue::dlq_messages` names those there are";
        HandlerError::new("message_id_not_set", message)
    })?;
    let (queue, id) = locate(&hub, message_id)?;
    if !queues(&hub, name)?.contains(&queue) {
        return Err(error::no_message(message_id));
    }
    dead::one(&hub, queue, id, message_id, course).await?;
    answer(&json!({ "queue": name, "message_id": message_id, "redriven": 1 }))
}

/// Named queues, and topics with all of their subscriptions together.
fn topics(hub: &Hub) -> Vec<(String, Vec<QueueId>)> {
    let broker = hub.broker.lock();
    let is_named = |entry: &&Entry| kind(entry) == "queue";
    let named = broker.entries().filter(is_named);
    let mut topics: Vec<(String, Vec<QueueId>)> = named
        .map(|entry| (entry.definition.title(), vec![entry.queue.id]))
        .collect();
    for (name, topic) in broker.topics() {
        let subscribed = topic.subscriptions.values().copied();
        topics.push((name.clone(), subscribed.chain(topic.backlog).collect()));
    }
    topics
}

fn sum(hub: &Hub, queues: &[QueueId], of: impl Fn(&Entry) -> u64) -> u64 {
    let broker = hub.broker.lock();
    let entries = queues.iter().filter_map(|id| broker.entry(*id));
    entries.map(of).sum()
}

fn consumers(hub: &Hub, queues: &[QueueId]) -> usize {
    queues.iter().map(|id| hub.bound_count(*id)).sum()
}

async fn list_topics(hub: Arc<Hub>, _: Option<Payload>, _: Context) -> Answer {
    let topic = |(name, queues): (String, Vec<QueueId>)| {
        json!({
            "name": name, "broker_type": BROKER, "subscriber_count": consumers(&hub, &queues),
        })
    };
    answer(&topics(&hub).into_iter().map(topic).collect())
}

async fn topic_stats(hub: Arc<Hub>, payload: Option<Payload>, _: Context) -> Answer {
    let input: Which = input::read(payload.as_ref())?;
    let queues = queues(&hub, input.topic()?)?;
    let settings = {
        let broker = hub.broker.lock();
        let entry = queues.first().and_then(|id| broker.entry(*id));
        entry.map(|entry| entry.queue.settings().clone())
    };
    answer(&json!({
        "depth": sum(&hub, &queues, |entry| entry.queue.depth()),
        "consumer_count": consumers(&hub, &queues),
        "dlq_depth": sum(&hub, &queues, |entry| entry.queue.dead_count()),
        "config": settings,
    }))
}

async fn dlq_topics(hub: Arc<Hub>, _: Option<Payload>, _: Context) -> Answer {
    let dead = |(name, queues): (String, Vec<QueueId>)| {
        let count = sum(&hub, &queues, |entry| entry.queue.dead_count());
        (count > 0).then(|| json!({ "topic": name, "broker_type": BROKER, "message_count": count }))
    };
    answer(&topics(&hub).into_iter().filter_map(dead).collect())
}

async fn dlq_messages(hub: Arc<Hub>, payload: Option<Payload>, _: Context) -> Answer {
    let input: Which = input::read(payload.as_ref())?;
    let limit = input.limit.unwrap_or(PAGE_DEFAULT).min(PAGE_MAX);
    let mut skip = input.offset;
    let mut messages: Vec<Value> = Vec::new();
    for queue in queues(&hub, input.topic()?)? {
        let mut after = None;
        while messages.len() < limit {
            let ids = dead::after(&hub, queue, after, PAGE_MAX);
            let Some(last) = ids.last().copied() else {
                break;
            };
            after = Some(last);
            let skipped = skip.min(ids.len());
            skip -= skipped;
            for id in ids.into_iter().skip(skipped) {
                if messages.len() == limit {
                    break;
                }
                messages.extend(dead_message(&hub, queue, id).await?);
            }
        }
    }
    answer(&messages.into())
}

async fn dead_message(
    hub: &Hub,
    queue: QueueId,
    id: crate::core::MessageId,
) -> Result<Option<Value>, HandlerError> {
    let Some(dead) = dead_head(hub, queue, id).await? else {
        return Ok(None);
    };
    let Some(body) = hub.bodies(queue, &[id]).await?.remove(0) else {
        return Ok(None);
    };
    let body = crate::core::Body::decode(&body).map_err(error::damaged)?;
    let payload: Value = serde_json::from_slice(body.data.as_bytes()).map_err(error::damaged)?;
    let error = dead.error.unwrap_or_default();
    Ok(Some(json!({
        "id": hub.name(id),
        "payload": payload,
        "error": format!("{}: {}", error.code, error.message),
        "failed_at": dead.died_at.0 / 1000,
        "retries": dead.attempts,
        "size_bytes": body.data.len(),
    })))
}
