//! All queues together: names, topics, whose turn it is.

mod define;
mod definition;
mod topics;

use super::ids::{DeliveryId, MessageId, Names, QueueId};
use super::queue::{Arrival, Delivery, NewMessage, Outcome, Queue, Refusal, Settle};
use super::targets::Target;
use fastrand::Rng;
use iii_ports::UnixMs;
use iii_ports::log::Change;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

#[cfg(test)]
pub(super) use define::Defined;
pub(crate) use definition::{Definition, Kind as QueueKind, LOG as DEFINITIONS};
pub(crate) use topics::{PublishError, Subscription};

use topics::Topic;

/// Bits of a message's number that count within one run of the worker.
const RUN_BITS: u32 = 40;

/// Changes to make durable, and what to tell the broker when they are.
#[derive(Debug)]
#[must_use]
pub(crate) struct Ticket {
    pub(crate) changes: Vec<Change>,
    pub(crate) then: Then,
}

/// What is so once changes are durable.
#[derive(Clone, Debug)]
pub(crate) enum Then {
    /// These messages have arrived.
    Arrived(Vec<(QueueId, MessageId)>),
    /// These have come to this.
    Settled(QueueId, Vec<Settle>),
}

/// What came of an attempt to enqueue.
#[derive(Debug)]
pub(crate) enum Enqueue {
    New(MessageId, Ticket),
    Known(super::queue::Known),
    /// There is one with the same key; ask again when its fate is known.
    Undecided,
}

/// A queue and what it is for.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) queue: Queue,
    pub(crate) definition: Definition,
    /// It takes messages: somebody still declares it.
    pub(crate) is_open: bool,
    /// The store has its definition, or will have it before anything else of the queue.
    is_kept: bool,
    wake_at: Option<UnixMs>,
}

impl Entry {
    /// A subscription that is going: nothing is published to it any more.
    pub(crate) fn is_ended(&self) -> bool {
        self.definition.is_ended
    }
}

/// All queues.
#[derive(Debug)]
pub(crate) struct Broker {
    names: Names,
    random: Rng,
    entries: BTreeMap<QueueId, Entry>,
    by_name: BTreeMap<String, QueueId>,
    topics: BTreeMap<String, Topic>,
    next_queue: u64,
    next_message: u64,
    next_delivery: u64,
    running: BTreeMap<DeliveryId, QueueId>,
    /// Queues that may have something to hand over, in turn.
    turns: VecDeque<QueueId>,
    in_turn: BTreeSet<QueueId>,
    wakes: BTreeSet<(UnixMs, QueueId)>,
}

impl Broker {
    /// No queues; the `run`-th time that somebody begins with this store.
    pub(crate) fn new(names: Names, run: u64, seed: u64) -> Self {
        Self {
            names,
            random: Rng::with_seed(seed),
            entries: BTreeMap::new(),
            by_name: BTreeMap::new(),
            topics: BTreeMap::new(),
            next_queue: 1,
            next_message: (run << RUN_BITS) + 1,
            next_delivery: 1,
            running: BTreeMap::new(),
            turns: VecDeque::new(),
            in_turn: BTreeSet::new(),
            wakes: BTreeSet::new(),
        }
    }

    pub(crate) fn names(&self) -> Names {
        self.names
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    pub(crate) fn entry(&self, id: QueueId) -> Option<&Entry> {
        self.entries.get(&id)
    }

    pub(crate) fn named(&self, name: &str) -> Option<&Entry> {
        self.entries.get(self.by_name.get(name)?)
    }

    /// Works on a queue, and notes what that means for turns and time.
    pub(crate) fn with<T>(
        &mut self,
        id: QueueId,
        work: impl FnOnce(&mut Queue, &mut Rng) -> T,
    ) -> Option<T> {
        let entry = self.entries.get_mut(&id)?;
        let done = work(&mut entry.queue, &mut self.random);
        let wake_at = entry.queue.wake_at();
        if wake_at != entry.wake_at {
            if let Some(at) = entry.wake_at {
                self.wakes.remove(&(at, id));
            }
            if let Some(at) = wake_at {
                self.wakes.insert((at, id));
            }
            entry.wake_at = wake_at;
        }
        if self.in_turn.insert(id) {
            self.turns.push_back(id);
        }
        Some(done)
    }

    /// A message for a queue comes in.
    pub(crate) fn enqueue(
        &mut self,
        queue: QueueId,
        new: NewMessage,
        now: UnixMs,
    ) -> Result<Enqueue, Refusal> {
        let next = MessageId(self.next_message);
        let arrival = self.with(queue, |queue, _| queue.arrive(new, next, now));
        Ok(match arrival.expect("the caller looked the queue up")? {
            Arrival::New { id, mut changes } => {
                self.next_message += 1;
                if !self.entries[&queue].is_kept {
                    // Messages of a queue that nobody knows of would be lost with the next start.
                    changes.insert(0, self.definition_change(queue));
                }
                let then = Then::Arrived(vec![(queue, id)]);
                Enqueue::New(id, Ticket { changes, then })
            }
            Arrival::Known(known) => Enqueue::Known(known),
            Arrival::Undecided => Enqueue::Undecided,
        })
    }

    /// The changes of a ticket are durable.
    pub(crate) fn written(&mut self, then: Then, now: UnixMs) {
        match then {
            Then::Arrived(messages) => {
                for (queue, id) in messages {
                    if let Some(entry) = self.entries.get_mut(&queue) {
                        entry.is_kept = true;
                    }
                    self.with(queue, |queue, _| queue.arrived(id, now));
                }
            }
            Then::Settled(queue, settles) => {
                self.with(queue, |queue, _| queue.settled(settles, now));
            }
        }
    }

    /// They are not, and will not be tried again.
    pub(crate) fn not_written(&mut self, then: &Then, now: UnixMs) {
        match then {
            Then::Arrived(messages) => {
                for &(queue, id) in messages {
                    self.with(queue, |queue, _| queue.not_arrived(id, now));
                }
            }
            Then::Settled(queue, settles) => {
                self.with(*queue, |queue, _| queue.not_removed(settles, now));
            }
        }
    }

    /// The next delivery of any queue; it begins.
    pub(crate) fn next(&mut self, now: UnixMs) -> Option<Delivery> {
        while let Some(id) = self.turns.pop_front() {
            self.in_turn.remove(&id);
            let delivery = DeliveryId(self.next_delivery);
            // Asking may set a timer, and gives the queue another turn behind the others.
            let found = self.with(id, |queue, _| queue.next(delivery, now));
            if let Some(found) = found.flatten() {
                self.next_delivery += 1;
                self.running.insert(delivery, id);
                return Some(found);
            }
            // A queue that is gone was given none.
            if self.in_turn.remove(&id) {
                self.turns.pop_back();
            }
        }
        None
    }

    /// A delivery has ended; `None` when it had been given up before, or nothing is to be written.
    pub(crate) fn ended(
        &mut self,
        id: DeliveryId,
        outcome: &Outcome,
        now: UnixMs,
    ) -> Option<Ticket> {
        let queue = self.running.remove(&id)?;
        let ended = self.with(queue, |queue, random| queue.ended(id, outcome, now, random));
        let (changes, settles) = ended?;
        let then = Then::Settled(queue, settles);
        (!changes.is_empty()).then_some(Ticket { changes, then })
    }

    /// Time has passed: what is to be written, and deliveries that were given up.
    pub(crate) fn tick(&mut self, now: UnixMs) -> (Vec<Ticket>, Vec<DeliveryId>) {
        let (mut tickets, mut given_up) = (Vec::new(), Vec::new());
        let due: Vec<QueueId> = {
            let due = self.wakes.iter().take_while(|(at, _)| *at <= now);
            due.map(|(_, id)| *id).collect()
        };
        for id in due {
            let Some(ticked) = self.with(id, |queue, random| queue.tick(now, random)) else {
                continue;
            };
            for delivery in ticked.given_up {
                self.running.remove(&delivery);
                given_up.push(delivery);
            }
            if !ticked.changes.is_empty() {
                let (changes, then) = (ticked.changes, Then::Settled(id, ticked.settles));
                tickets.push(Ticket { changes, then });
            }
        }
        (tickets, given_up)
    }

    /// When [`Broker::tick`] is to be called.
    pub(crate) fn wake_at(&self) -> Option<UnixMs> {
        self.wakes.first().map(|(at, _)| *at)
    }

    /// The queue that has a message, dead or alive.
    pub(crate) fn queue_of(&self, id: MessageId) -> Option<&Entry> {
        let has = |entry: &&Entry| entry.queue.find(id).is_some() || entry.queue.has_dead(id);
        self.entries.values().find(has)
    }

    /// Functions that messages wait for and nobody offers, as far as is known.
    pub(crate) fn absent_functions(&self) -> BTreeSet<Target> {
        let queues = self.entries.values();
        let absent = queues.flat_map(|entry| entry.queue.absent_functions());
        absent.cloned().collect()
    }

    /// Somebody offers a function.
    pub(crate) fn offered(&mut self, target: &Target, now: UnixMs) {
        let queues: Vec<QueueId> = self.entries.keys().copied().collect();
        for id in queues {
            self.with(id, |queue, _| queue.offered(target, now));
        }
    }
}
