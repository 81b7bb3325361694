//! Single promises of a queue, each in a life short enough to be read.

mod batches;
mod endings;
mod keys;
mod limits;
mod memory;
mod order;
mod shares;

use super::time::Ticked;
use super::{Advice, Arrival, NewMessage, Outcome, Queue, Settle};
use crate::core::ids::{DeliveryId, MessageId, QueueId};
use crate::core::message::Failure;
use crate::core::settings::{Jitter, Settings};
use crate::core::targets::Target;
use bytes::Bytes;
use fastrand::Rng;
use iii_ports::UnixMs;
use iii_ports::log::Change;
use std::collections::BTreeSet;

/// When every test begins.
const START: u64 = 1_000_000;

/// A queue whose changes are durable at once.
struct Bench {
    queue: Queue,
    now: UnixMs,
    random: Rng,
    messages: u64,
    deliveries: u64,
}

/// Settings without anything random in them.
fn plain() -> Settings {
    Settings {
        jitter: Jitter::None,
        ..Settings::default()
    }
}

/// A message with nothing but data.
fn message() -> NewMessage {
    NewMessage {
        target: function("f"),
        body: Bytes::from_static(b"data"),
        group: None,
        key: None,
        tenant: None,
        priority: 0,
        due: None,
        ttl_ms: None,
        timeout_ms: None,
        attempts_max: None,
        idempotency_key: None,
        idempotency_window_ms: None,
        singleton: None,
        debounce: None,
        throttle: None,
    }
}

fn function(id: &str) -> Target {
    Target::Function {
        id: id.into(),
        namespace: None,
    }
}

fn done() -> Outcome {
    Outcome::Done {
        result: None,
        failed: BTreeSet::new(),
    }
}

fn failed() -> Outcome {
    Outcome::Failed {
        failure: Failure {
            code: "boom".to_owned(),
            message: "it does not work".to_owned(),
        },
        advice: Advice::default(),
    }
}

impl Bench {
    fn new(settings: Settings) -> Self {
        Self {
            queue: Queue::new(QueueId(1), settings),
            now: UnixMs(START),
            random: Rng::with_seed(1),
            messages: 0,
            deliveries: 0,
        }
    }

    /// What comes of an enqueue that is not durable yet.
    fn arrive(&mut self, new: NewMessage) -> Arrival {
        let next = MessageId(self.messages + 1);
        let arrival = self.queue.arrive(new, next, self.now);
        let arrival = arrival.expect("there is room");
        if let Arrival::New { id, .. } = &arrival
            && *id == next
        {
            self.messages += 1;
        }
        arrival
    }

    /// The number of a message that is new.
    fn enqueue(&mut self, new: NewMessage) -> u64 {
        match self.arrive(new) {
            Arrival::New { id, .. } => {
                self.queue.arrived(id, self.now);
                id.0
            }
            other => panic!("{other:?}"),
        }
    }

    fn next(&mut self) -> Option<(DeliveryId, Vec<u64>)> {
        let id = DeliveryId(self.deliveries + 1);
        let delivery = self.queue.next(id, self.now);
        self.queue.audit();
        let delivery = delivery?;
        self.deliveries += 1;
        let ids = delivery.messages.iter().map(|it| it.id.0);
        Some((delivery.id, ids.collect()))
    }

    /// The messages that can be handed over now, one delivery each; all of them run on.
    fn hand_over(&mut self) -> Vec<u64> {
        let mut ids = Vec::new();
        while let Some((_, messages)) = self.next() {
            ids.extend(messages);
        }
        ids
    }

    /// What is to be written about an ending.
    fn ends(&mut self, id: DeliveryId, outcome: &Outcome) -> (Vec<Change>, Vec<Settle>) {
        let ended = self.queue.ended(id, outcome, self.now, &mut self.random);
        self.queue.audit();
        ended
    }

    fn end(&mut self, id: DeliveryId, outcome: &Outcome) -> Vec<Settle> {
        let (_, settles) = self.ends(id, outcome);
        self.settled(&settles);
        settles
    }

    fn settled(&mut self, settles: &[Settle]) {
        self.queue.settled(settles.to_vec(), self.now);
        self.queue.audit();
    }

    /// Hands over, ends so, and says what that was.
    fn one(&mut self, outcome: &Outcome) -> u64 {
        let (id, messages) = self.next().expect("something is next");
        self.end(id, outcome);
        messages[0]
    }

    fn pass(&mut self, ms: u64) -> Ticked {
        self.now = UnixMs(self.now.0 + ms);
        let ticked = self.queue.tick(self.now, &mut self.random);
        self.settled(&ticked.settles);
        ticked
    }
}
