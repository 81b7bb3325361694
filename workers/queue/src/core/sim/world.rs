//! The world of one seed: a broker, its store, functions, and what the worker's shell does.

use super::check::Checks;
use super::journal::Journal;
use super::store::{Commit, Stage, Store, Waits};
use crate::core::ids::Names;
use crate::core::{
    Broker, DEFINITIONS, Definition, Delivery, DeliveryId, MessageId, QueueId, Settings, Target,
    Then, Ticket,
};
use fastrand::Rng;
use iii_ports::UnixMs;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Queues that the configuration names.
pub(super) const NAMED: [&str; 3] = ["plain", "orders", "batches"];
pub(super) const TOPICS: [&str; 2] = ["news", "sport"];
pub(super) const FUNCTIONS: [&str; 3] = ["f0", "f1", "f2"];

pub(super) struct World {
    pub(super) rng: Rng,
    pub(super) now: UnixMs,
    pub(super) broker: Broker,
    pub(super) store: Store,
    pub(super) run: u64,
    pub(super) journal: Journal,
    pub(super) checks: Checks,
    pub(super) declared: BTreeMap<&'static str, Settings>,
    /// Functions that somebody offers.
    pub(super) offered: BTreeSet<&'static str>,
    /// Queues to which something is bound.
    pub(super) bound: BTreeSet<QueueId>,
    /// Deliveries that functions have.
    pub(super) running: BTreeMap<DeliveryId, Delivery>,
    /// Functions that will not answer any more.
    pub(super) mute: BTreeSet<DeliveryId>,
    /// No more faults.
    pub(super) is_healed: bool,
    pub(super) bodies: u64,
}

/// A target that names a function.
pub(super) fn function(id: &str) -> Target {
    Target::Function {
        id: id.into(),
        namespace: None,
    }
}

impl World {
    pub(super) fn new(seed: u64, journal: Journal) -> Self {
        let mut rng = Rng::with_seed(seed);
        let declared = NAMED
            .iter()
            .map(|name| (*name, super::settings::settings(&mut rng, name)))
            .collect();
        let mut world = Self {
            broker: Broker::new(Names::new(1), 1, rng.u64(..)),
            rng,
            now: UnixMs(1_000_000),
            store: Store::default(),
            run: 0,
            journal,
            checks: Checks::default(),
            declared,
            offered: FUNCTIONS.into_iter().collect(),
            bound: BTreeSet::new(),
            running: BTreeMap::new(),
            mute: BTreeSet::new(),
            is_healed: false,
            bodies: 0,
        };
        world.start();
        world
    }

    pub(super) fn say(&mut self, text: std::fmt::Arguments<'_>) {
        let now = self.now.0;
        self.journal.line(format_args!("{now} {text}"));
    }

    pub(super) fn one_in(&mut self, many: u32) -> bool {
        self.rng.u32(0..many) == 0
    }

    /// What the worker does when it starts: everything that is durable is read, in order.
    fn start(&mut self) {
        self.run += 1;
        let seed = self.rng.u64(..);
        self.broker = Broker::new(Names::new(1), self.run, seed);
        let definitions: Vec<_> = self.store.entries(DEFINITIONS).collect();
        for (id, kept) in definitions {
            let definition: Definition = serde_json::from_slice(&kept.head).unwrap();
            self.broker.restore(QueueId(id.0), definition, self.now);
        }
        let declared: Vec<_> = self.declared.clone().into_iter().collect();
        let mut changes = Vec::new();
        for (name, settings) in declared {
            changes.extend(self.broker.declare(name, &settings, self.now));
        }
        let queues: Vec<_> = self.queues();
        for (id, log) in queues {
            let now = self.now;
            for (message, kept) in self.store.entries(&log) {
                let loaded = self.broker.with(id, |queue, _| {
                    queue.load(message, &kept.head, kept.body.len(), now)
                });
                loaded.expect("it was listed").expect("it was written");
            }
        }
        if !changes.is_empty() {
            // The shell waits for this before it goes on.
            self.store.submit(changes, Waits::Nothing);
            self.store.decide(false);
            self.store.told();
        }
        super::check::orphans(self);
    }

    /// The process dies and starts again.
    pub(super) fn crash(&mut self) {
        let in_line = self.store.line.iter();
        let in_line = in_line.filter(|it| it.stage == Stage::InLine).count();
        let applied = self.rng.usize(0..=in_line);
        self.checks.met("crash");
        self.say(format_args!("crash, {applied} of {in_line} applied"));
        for _ in 0..applied {
            self.apply(false);
        }
        self.store.crash();
        self.running.clear();
        self.mute.clear();
        self.bound.clear();
        self.checks.crashed();
        self.start();
    }

    pub(super) fn queues(&self) -> Vec<(QueueId, Arc<str>)> {
        let entries = self.broker.entries();
        let queues = entries.map(|entry| (entry.queue.id, Arc::clone(entry.queue.log())));
        queues.collect()
    }

    pub(super) fn log_of(&self, id: QueueId) -> Arc<str> {
        let entry = self.broker.entry(id);
        Arc::clone(entry.expect("it is there").queue.log())
    }

    /// The store takes the next commit, or refuses it.
    pub(super) fn apply(&mut self, fails: bool) {
        if !fails {
            super::check::fate::before_apply(self);
        }
        let applied = self.store.decide(fails);
        for change in applied {
            self.say(format_args!("applied {} {}", change.log(), change.id().0));
        }
    }

    /// The shell is told how the oldest commit ended.
    pub(super) fn tell(&mut self) -> bool {
        let Some(commit) = self.store.told() else {
            return false;
        };
        let is_written = commit.stage == Stage::Applied;
        let what = commit.then.words();
        self.say(format_args!("told {is_written} {what}"));
        match commit.then {
            Waits::Arrival(then) if is_written => self.broker.written(then, self.now),
            Waits::Arrival(then) => self.broker.not_written(&then, self.now),
            Waits::Ending(then) if is_written => self.broker.written(then, self.now),
            Waits::Ending(then) => {
                if let Then::Settled(queue, _) = &then {
                    self.broker.with(*queue, |queue, _| queue.halt());
                }
                self.store.again.push(Commit {
                    changes: commit.changes,
                    then: Waits::Ending(then),
                    stage: Stage::InLine,
                });
            }
            Waits::Defined(defined) if is_written => self.broker.defined(*defined, self.now),
            Waits::Revived(queue, id, head, body_len) => {
                let now = self.now;
                self.broker.with(queue, |queue, _| {
                    if is_written {
                        queue.load(id, &head, body_len as usize, now).unwrap();
                    } else {
                        queue.unclaim_dead(id, body_len);
                    }
                });
                self.checks.claimed.remove(&(queue, id));
                // One that comes back has not died once more.
                *self.checks.dead.entry(queue).or_default() += u64::from(!is_written);
            }
            Waits::Discarded(queue, id, body_len) => {
                if !is_written {
                    self.broker
                        .with(queue, |queue, _| queue.unclaim_dead(id, body_len));
                }
                self.checks.claimed.remove(&(queue, id));
                // One that comes back has not died once more.
                *self.checks.dead.entry(queue).or_default() += u64::from(!is_written);
            }
            Waits::Defined(_) | Waits::Nothing => {}
        }
        true
    }

    /// An ending that could not be written is tried again.
    pub(super) fn retry(&mut self) {
        if self.store.again.is_empty() {
            return;
        }
        let at = self.rng.usize(0..self.store.again.len());
        let commit = self.store.again.remove(at);
        self.store.line.push_back(commit);
    }

    /// What has to be written.
    pub(super) fn insist(&mut self, ticket: Ticket) {
        let Ticket { changes, then } = ticket;
        self.store.submit(changes, Waits::Ending(then));
    }

    /// Asks once for something to hand over.
    pub(super) fn hand_over(&mut self) -> bool {
        let Some(delivery) = self.broker.next(self.now) else {
            return false;
        };
        let ids: Vec<_> = delivery.messages.iter().map(|it| it.id.0).collect();
        let queue = delivery.queue.0;
        self.say(format_args!(
            "handed {} of q{queue}: {ids:?}",
            delivery.id.0
        ));
        super::check::begins(self, &delivery);
        if !self.is_healed && self.one_in(12) {
            self.mute.insert(delivery.id);
        }
        self.running.insert(delivery.id, delivery);
        true
    }

    /// Lets timers ring.
    pub(super) fn tick(&mut self) {
        let (tickets, given_up) = self.broker.tick(self.now);
        for id in given_up {
            let delivery = self.running.remove(&id).expect("it ran");
            self.say(format_args!("given up {}", id.0));
            super::check::fate::failed(self, &delivery);
            self.mute.remove(&id);
            self.checks.met("given up");
        }
        for ticket in tickets {
            super::check::fate::decided(self, &ticket, None);
            self.insist(ticket);
        }
        self.checks.failing.clear();
    }

    /// A message's number in words.
    pub(super) fn is_here(&self, queue: QueueId, id: MessageId) -> bool {
        let entry = self.broker.entry(queue);
        entry.is_some_and(|entry| entry.queue.find(id).is_some())
    }
}
