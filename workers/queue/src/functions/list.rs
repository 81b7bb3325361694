//! `queue::list` and `queue::inspect`: how queues stand.

use super::{Offer, typed};
use crate::core::{Entry, QueueKind, Settings, Standing};
use crate::error;
use crate::hub::Hub;
use iii_kit::HandlerError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Nothing is asked.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Nothing {}

/// A queue by its name, or as `queue::list` calls it.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Named {
    /// The queue: its name, or `topic::function@namespace` for a subscription.
    pub(super) queue: String,
}

/// All queues.
#[derive(Serialize, JsonSchema)]
struct Queues {
    /// In the order in which they were made.
    queues: Vec<Short>,
}

/// A queue in short.
#[derive(Serialize, JsonSchema)]
struct Short {
    /// Its name, or `topic::function@namespace` for a subscription.
    queue: String,
    /// `queue`, `subscription`, or `backlog` for what was published before anybody subscribed.
    kind: &'static str,
    /// Messages that are not dead.
    depth: u64,
    /// Dead messages.
    dead: u64,
    /// Triggers that are bound to it.
    consumers: usize,
    paused: bool,
}

/// How a queue stands.
#[derive(Serialize, JsonSchema)]
struct Inspected {
    /// Its name, or `topic::function@namespace` for a subscription.
    queue: String,
    /// `queue`, `subscription`, or `backlog` for what was published before anybody subscribed.
    kind: &'static str,
    paused: bool,
    /// Whether it takes messages: it is declared, or was defined.
    open: bool,
    /// Triggers that are bound to it.
    consumers: usize,
    /// Messages that are not dead.
    depth: u64,
    /// Those that could be handed over.
    waiting: u64,
    /// Those whose time comes later, retries included.
    delayed: u64,
    /// Those that are being handled.
    running: u64,
    /// Dead messages.
    dead: u64,
    /// Bytes of the messages that are not dead.
    bytes: u64,
    /// Age of the oldest message that could be handed over, in milliseconds.
    oldest_age_ms: Option<u64>,
    /// Since the worker started, by event.
    totals: BTreeMap<&'static str, u64>,
    /// Events a second over the last minute.
    rates: BTreeMap<&'static str, f64>,
    settings: Settings,
}

pub(super) fn offers(hub: &Arc<Hub>) -> Vec<Offer> {
    let list = typed(hub, |hub, _: Nothing| async move { Ok(list(&hub)) });
    let inspect = typed(
        hub,
        |hub, input: Named| async move { inspect(&hub, &input) },
    );
    vec![
        (
            "queue::list",
            list.description("All queues and subscriptions"),
        ),
        (
            "queue::inspect",
            inspect.description("Depth, ages, rates and settings of a queue"),
        ),
    ]
}

pub(super) fn kind(entry: &Entry) -> &'static str {
    match entry.definition.kind {
        QueueKind::Named { .. } => "queue",
        QueueKind::Subscription { .. } => "subscription",
        QueueKind::Backlog { .. } => "backlog",
    }
}

fn list(hub: &Hub) -> Queues {
    let broker = hub.broker.lock();
    let short = |entry: &Entry| Short {
        queue: entry.definition.title(),
        kind: kind(entry),
        depth: entry.queue.depth(),
        dead: entry.queue.dead_count(),
        consumers: hub.bound_count(entry.queue.id),
        paused: entry.queue.is_paused(),
    };
    Queues {
        queues: broker
            .entries()
            .filter(|entry| !entry.is_ended())
            .map(short)
            .collect(),
    }
}

/// The queue of a name, or of a title that `queue::list` gave.
pub(super) fn find(hub: &Hub, name: &str) -> Result<crate::core::QueueId, HandlerError> {
    let broker = hub.broker.lock();
    let found = broker.named(name).or_else(|| {
        let mut entries = broker.entries();
        entries.find(|entry| !entry.is_ended() && entry.definition.title() == name)
    });
    let id = found.map(|entry| entry.queue.id);
    id.ok_or_else(|| error::no_topic(&broker, name))
}

fn inspect(hub: &Hub, input: &Named) -> Result<Inspected, HandlerError> {
    let id = find(hub, &input.queue)?;
    let now = hub.now();
    let mut broker = hub.broker.lock();
    let standing = broker.with(id, |queue, _| queue.standing(now));
    let (Some(standing), Some(entry)) = (standing, broker.entry(id)) else {
        return Err(error::no_queue(&broker, &input.queue));
    };
    let Standing {
        depth,
        waiting,
        later,
        running,
        dead,
        bytes,
        oldest,
        totals,
    } = standing;
    Ok(Inspected {
        queue: entry.definition.title(),
        kind: kind(entry),
        paused: entry.queue.is_paused(),
        open: entry.is_open,
        consumers: hub.bound_count(id),
        depth,
        waiting,
        delayed: later,
        running,
        dead,
        bytes,
        oldest_age_ms: oldest.map(|at| now.0.saturating_sub(at.0)),
        totals: totals
            .iter()
            .map(|(name, total, _)| (*name, *total))
            .collect(),
        rates: totals
            .iter()
            .map(|(name, _, rate)| (*name, *rate))
            .collect(),
        settings: entry.queue.settings().clone(),
    })
}
