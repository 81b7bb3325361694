//! What must hold. One file for each kind of promise.

pub(super) mod fate;
pub(super) mod known;
mod limits;
mod order;

use super::world::World;
use crate::core::{DEFINITIONS, Delivery, MessageId, QueueId, Rate};
use fate::Cause;
use iii_ports::UnixMs;
use std::collections::{BTreeMap, BTreeSet};

/// When something began, since its limit is what it is.
type Starts = (Option<Rate>, Vec<UnixMs>);

/// What checkers remember.
#[derive(Default)]
pub(super) struct Checks {
    /// What was decided about messages and is not durable yet.
    pub(super) causes: BTreeMap<(QueueId, MessageId), Cause>,
    /// Messages of deliveries that failed just now.
    pub(super) failing: BTreeSet<(QueueId, MessageId)>,
    /// Dead messages that somebody changes.
    pub(super) claimed: BTreeSet<(QueueId, MessageId)>,
    /// Messages that were dead once: their keys may be others' by now.
    pub(super) revived: BTreeSet<(QueueId, MessageId)>,
    /// Messages that were handed over since the last start.
    pub(super) handed: BTreeSet<(QueueId, MessageId)>,
    /// When deliveries began, under which limit; by queue, and by key.
    starts: BTreeMap<(QueueId, Option<String>), Starts>,
    /// How many may be dead.
    pub(super) dead: BTreeMap<QueueId, u64>,
    pub(super) met: BTreeMap<&'static str, u64>,
}

impl Checks {
    pub(super) fn crashed(&mut self) {
        self.causes.clear();
        self.failing.clear();
        self.claimed.clear();
        self.handed.clear();
        self.starts.clear();
        self.dead.clear();
    }

    pub(super) fn met(&mut self, what: &'static str) {
        *self.met.entry(what).or_default() += 1;
    }
}

/// A delivery begins.
pub(super) fn begins(world: &mut World, delivery: &Delivery) {
    order::check(world, delivery);
    limits::check(world, delivery);
    for message in &delivery.messages {
        let id = (delivery.queue, message.id);
        world.checks.handed.insert(id);
    }
    world.checks.met("handed over");
    if delivery.messages.len() > 1 {
        world.checks.met("batch");
    }
    if delivery.messages[0].attempt > 1 {
        world.checks.met("another attempt");
    }
}

/// After every step.
pub(super) fn step(world: &mut World) {
    let mut wake_at = None;
    for (id, log) in world.queues() {
        let entry = world.broker.entry(id).expect("it was listed");
        entry.queue.audit();
        let wakes = entry.queue.wake_at();
        wake_at = [wake_at, wakes].into_iter().flatten().min();
        assert!(entry.queue.depth() <= depth_max(world, id), "depth");
        for (message, kept) in world.store.entries(&log) {
            let is_here = world.is_here(id, message);
            if is_here != kept.is_dead() && kept.is_dead() == entry.queue.has_dead(message) {
                continue;
            }
            let is_claimed = world.checks.claimed.contains(&(id, message));
            assert!(
                is_claimed || world.store.is_pending(&log, message),
                "{message:?} of {log} is lost: {:?}",
                kept.head()
            );
        }
        limits::dead(world, id);
    }
    assert_eq!(world.broker.wake_at(), wake_at, "the broker knows when");
}

/// Messages that come back to life, or settings that become narrower, are not refused.
fn depth_max(world: &World, id: QueueId) -> u64 {
    let _ = (world, id);
    60 + world.checks.revived.len() as u64
}

/// No message is in a log that nobody reads.
pub(super) fn orphans(world: &World) {
    for (log, entries) in &world.store.logs {
        let known = &**log == DEFINITIONS || world.queues().iter().any(|(_, known)| known == log);
        assert!(known || entries.is_empty(), "{log} belongs to nobody");
    }
}
