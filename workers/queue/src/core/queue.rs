//! One queue: what it holds, and what is next.

mod admin;
mod arrive;
#[cfg(test)]
mod audit;
mod ending;
mod load;
mod pick;
mod place;
#[cfg(test)]
mod tests;
mod time;

use super::dedup::Dedup;
use super::ids::{DeliveryId, MessageId, QueueId};
use super::index::Index;
use super::keys::{KeyIx, Keys};
use super::lanes::{LaneIx, Lanes};
use super::message::{Extras, Fate, Head, Message, State};
use super::rate::Starts;
use super::settings::Settings;
use super::slab::{Slab, Slot};
use super::stats::Stats;
use super::targets::{Target, Targets};
use super::timers::{Timer, Timers};
use bytes::Bytes;
use iii_ports::UnixMs;
use iii_ports::log::{Change, EntryId};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) use admin::{DeadHead, Found, Standing};
pub(crate) use arrive::{Arrival, Debounce, Known, NewMessage, Refusal, Throttle};
pub(crate) use ending::{Advice, Outcome, Settle};
pub(crate) use pick::{Delivery, Handed};

/// Bytes of bodies that a queue keeps in memory; the others are read when they are needed.
const BODIES_BYTES_MAX: usize = 16 << 20;
/// A message that has to wait longer than this, in milliseconds, gives up its body's memory.
const BODY_WAIT_MAX_MS: u64 = 1000;

/// One queue. It decides and does nothing: what is to be written it answers as changes of its log,
/// and goes on when it is told that they are durable.
#[derive(Debug)]
pub(crate) struct Queue {
    pub(crate) id: QueueId,
    /// The name of its log.
    log: Arc<str>,
    settings: Settings,
    is_paused: bool,
    messages: Slab<Message>,
    index: Index,
    lanes: Lanes,
    keys: Keys,
    targets: Targets,
    deliveries: BTreeMap<DeliveryId, Running>,
    starts: Starts,
    timers: Timers,
    dedup: Dedup,
    /// Dead messages and the bytes of their bodies.
    dead: BTreeMap<MessageId, u32>,
    /// Messages that will join them when that is durable.
    dying: u64,
    /// Debounced messages of which new data is on its way to the store, as they were before.
    replaced: BTreeMap<MessageId, Replaced>,
    /// Something is bound to the queue.
    is_bound: bool,
    /// Where the last step of a purge ended.
    purged_to: u32,
    bytes: u64,
    cached: usize,
    /// Set while the store takes no endings: what is handed over then could only be done twice.
    is_halted: bool,
    pub(crate) stats: Stats,
}

/// What a message was before it got new data.
#[derive(Clone, Copy, Debug)]
struct Replaced {
    due: UnixMs,
    body_len: u32,
    expires_at: Option<u64>,
}

/// A delivery that a function has.
#[derive(Debug)]
struct Running {
    slots: Vec<Slot>,
    lane: LaneIx,
    key: Option<KeyIx>,
    started_at: UnixMs,
    /// When it is given up, whatever it reports.
    deadline: UnixMs,
    /// When it is given up unless it reports before.
    heartbeat: Option<UnixMs>,
}

impl Queue {
    pub(crate) fn new(id: QueueId, settings: Settings) -> Self {
        Self {
            id,
            log: format!("q{}", id.0).into(),
            settings,
            is_paused: false,
            messages: Slab::default(),
            index: Index::default(),
            lanes: Lanes::default(),
            keys: Keys::default(),
            targets: Targets::new(),
            deliveries: BTreeMap::new(),
            starts: Starts::default(),
            timers: Timers::default(),
            dedup: Dedup::default(),
            dead: BTreeMap::new(),
            dying: 0,
            replaced: BTreeMap::new(),
            is_bound: false,
            purged_to: 0,
            bytes: 0,
            cached: 0,
            is_halted: false,
            stats: Stats::default(),
        }
    }

    pub(crate) fn log(&self) -> &Arc<str> {
        &self.log
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.is_paused
    }

    /// When something happens by itself next.
    pub(crate) fn wake_at(&self) -> Option<UnixMs> {
        self.timers.first()
    }

    /// Where a message is.
    fn slot_of(&self, id: MessageId) -> Option<Slot> {
        self.index.get(id, &self.messages)
    }

    /// The head of a message as it is to be kept.
    fn head(&self, slot: Slot, due: Option<UnixMs>, fate: Option<Fate>) -> Bytes {
        let message = &self.messages[slot];
        let likeness = &self.lanes.lane(message.lane).likeness;
        let (function, namespace) = match &self.targets.place(message.target).target {
            Target::Bound => (None, None),
            Target::Function { id, namespace } => (Some(id), namespace.as_ref()),
        };
        let text = |text: Option<&'_ Arc<str>>| text.map(|text| Cow::Owned(text.to_string()));
        let extras = message.extras.as_deref();
        let head = Head {
            function: text(function),
            namespace: text(namespace),
            group: text(likeness.group.as_ref()),
            key: text(likeness.key.as_ref()),
            tenant: text(likeness.tenant.as_ref()),
            priority: message.priority,
            enqueued_at: message.enqueued_at.0,
            due: due.map(|due| due.0),
            attempts: message.attempts,
            extras: extras.map(Cow::Borrowed),
            fate,
        };
        head.encode()
    }

    fn put(&self, id: MessageId, head: Bytes, body: Bytes) -> Change {
        Change::Put {
            log: Arc::clone(&self.log),
            id: EntryId(id.0),
            head,
            body,
        }
    }

    fn update(&self, id: MessageId, head: Bytes) -> Change {
        Change::Update {
            log: Arc::clone(&self.log),
            id: EntryId(id.0),
            head,
        }
    }

    fn remove(&self, id: MessageId) -> Change {
        Change::Remove {
            log: Arc::clone(&self.log),
            id: EntryId(id.0),
        }
    }

    fn extras_mut(&mut self, slot: Slot) -> &mut Extras {
        self.messages[slot].extras.get_or_insert_default()
    }

    /// Everything that is known of a message goes, except under its keys where it is kept.
    fn forget(&mut self, slot: Slot, now: UnixMs) {
        self.out_of_line(slot);
        debug_assert!(self.messages[slot].state != State::Later);
        let message = self.messages.remove(slot);
        self.index.remove(message.id, slot);
        self.bytes -= u64::from(message.body_len);
        self.cached -= message.body.as_ref().map_or(0, |body| body.len());
        if let Some(extras) = &message.extras {
            self.dedup.forget(message.id, extras);
            if let Some(at) = extras.expires_at {
                self.timers.cancel(UnixMs(at), Timer::Expire(slot));
            }
        }
        let key = self.lanes.lane(message.lane).key;
        self.lanes.leave(message.lane);
        self.targets.leave(message.target);
        if let Some(key) = key
            && let Some(at) = self.keys.leave(key, &self.settings, now)
        {
            self.timers.set(at, Timer::Key(key));
        }
    }

    /// Gives up a body's memory; it is in the store.
    fn drop_body(&mut self, slot: Slot) {
        if let Some(body) = self.messages[slot].body.take() {
            self.cached -= body.len();
        }
    }
}
