//! Messages that come in.

use super::{BODIES_BYTES_MAX, BODY_WAIT_MAX_MS, Queue};
use crate::core::dedup::KeyKind;
use crate::core::ids::MessageId;
use crate::core::lanes::Likeness;
use crate::core::message::{Extras, Message, State};
use crate::core::settings::Kind;
use crate::core::slab::Slot;
use crate::core::stats::Event;
use crate::core::targets::Target;
use bytes::Bytes;
use iii_ports::UnixMs;
use iii_ports::log::Change;
use std::sync::Arc;
use std::time::Duration;

/// A message that somebody wants to enqueue.
#[derive(Clone, Debug)]
pub(crate) struct NewMessage {
    pub(crate) target: Target,
    pub(crate) body: Bytes,
    pub(crate) group: Option<Arc<str>>,
    pub(crate) key: Option<Arc<str>>,
    pub(crate) tenant: Option<Arc<str>>,
    pub(crate) priority: u8,
    /// Not before this instant.
    pub(crate) due: Option<UnixMs>,
    pub(crate) ttl_ms: Option<u64>,
    pub(crate) timeout_ms: Option<u64>,
    pub(crate) attempts_max: Option<u32>,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) idempotency_window_ms: Option<u64>,
    pub(crate) singleton: Option<String>,
    pub(crate) debounce: Option<Debounce>,
    pub(crate) throttle: Option<Throttle>,
}

/// Only the last message of a burst is handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Debounce {
    pub(crate) key: String,
    /// The burst is over after so many quiet milliseconds.
    pub(crate) ms: u64,
    /// Or after so many in all.
    pub(crate) max_wait_ms: Option<u64>,
}

/// Only the first message of a period is handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Throttle {
    pub(crate) key: String,
    pub(crate) ms: u64,
}

/// What comes of an attempt to enqueue.
#[derive(Debug)]
pub(crate) enum Arrival {
    /// It is enqueued when these changes are durable.
    New { id: MessageId, changes: Vec<Change> },
    /// There is one that takes its place.
    Known(Known),
    /// There is one whose own enqueue is not durable yet: ask again when it is.
    Undecided,
}

/// A message that was there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) id: MessageId,
    /// It is done.
    pub(crate) is_done: bool,
    /// Its result is stored.
    pub(crate) has_result: bool,
}

/// Why a message is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The queue holds `limit` of what the field counts.
    Full { field: &'static str, limit: u64 },
}

impl Queue {
    /// A message comes in. `next` is its number, if it gets one.
    pub(crate) fn arrive(
        &mut self,
        new: NewMessage,
        next: MessageId,
        now: UnixMs,
    ) -> Result<Arrival, Refusal> {
        if let Some(arrival) = self.known(&new, now) {
            return Ok(arrival);
        }
        let debounced = new.debounce.as_ref();
        let earlier = debounced.and_then(|it| self.dedup.find(KeyKind::Debounce, &it.key));
        let earlier = earlier.and_then(|id| self.index.get(&id).copied());
        if let Some(slot) = earlier {
            match self.messages[slot].state {
                State::Arriving => return Ok(Arrival::Undecided),
                State::Later => return Ok(self.take_place(slot, new, now)),
                _ => {}
            }
        }
        self.check_room(new.body.len())?;
        let body = new.body.clone();
        let slot = self.admit(new, next, now);
        let due = self.due(slot);
        let head = self.head(slot, due, None);
        let changes = vec![self.put(next, head, body)];
        Ok(Arrival::New { id: next, changes })
    }

    /// Its enqueue is durable.
    pub(crate) fn arrived(&mut self, id: MessageId, now: UnixMs) {
        let Some(&slot) = self.index.get(&id) else {
            return;
        };
        if self.messages[slot].state != State::Arriving {
            return;
        }
        self.stats.note(Event::Enqueued, now);
        if self.cached > BODIES_BYTES_MAX {
            self.drop_body(slot);
        }
        match self.due(slot) {
            Some(due) if due > now => self.put_off(slot, due, now),
            _ => self.into_line(slot, now),
        }
    }

    /// It was not written; nobody was told that it was.
    pub(crate) fn not_arrived(&mut self, id: MessageId, now: UnixMs) {
        if let Some(&slot) = self.index.get(&id)
            && self.messages[slot].state == State::Arriving
        {
            self.forget(slot, now);
        }
    }

    fn known(&self, new: &NewMessage, now: UnixMs) -> Option<Arrival> {
        let keys = [
            (KeyKind::Idempotency, new.idempotency_key.as_deref()),
            (KeyKind::Singleton, new.singleton.as_deref()),
            (
                KeyKind::Throttle,
                new.throttle.as_ref().map(|it| it.key.as_str()),
            ),
        ];
        // What is kept is forgotten when its timer rings, which may be a moment late.
        let is_over = |id: &MessageId| self.dedup.kept(*id).is_some_and(|kept| kept.until <= now);
        let found = keys.into_iter().find_map(|(kind, key)| {
            let found = self.dedup.find(kind, key?)?;
            (!is_over(&found)).then_some(found)
        })?;
        if let Some(slot) = self.index.get(&found)
            && self.messages[*slot].state == State::Arriving
        {
            return Some(Arrival::Undecided);
        }
        let kept = self.dedup.kept(found);
        Some(Arrival::Known(Known {
            id: found,
            is_done: kept.is_some(),
            has_result: kept.is_some_and(|kept| kept.has_result),
        }))
    }

    fn check_room(&self, bytes: usize) -> Result<(), Refusal> {
        let Self { settings, .. } = self;
        if self.messages.len() as u64 >= settings.depth_max {
            let (field, limit) = ("depth_max", settings.depth_max);
            return Err(Refusal::Full { field, limit });
        }
        if self.bytes + bytes as u64 > settings.bytes_max {
            let (field, limit) = ("bytes_max", settings.bytes_max);
            return Err(Refusal::Full { field, limit });
        }
        Ok(())
    }

    /// Gives it a place, in which it is invisible until it has arrived.
    fn admit(&mut self, new: NewMessage, id: MessageId, now: UnixMs) -> Slot {
        let extras = self.extras(&new, now);
        let due = new.due.filter(|due| *due > now);
        let target = self.targets.join(&new.target);
        let group = match (self.settings.kind, new.group) {
            (_, Some(group)) => Some(group),
            (Kind::Fifo, None) => Some("".into()),
            (Kind::Standard, None) => None,
        };
        let has_group = group.is_some();
        let key = new.key.as_ref().map(|key| self.keys.join(key));
        let likeness = Likeness {
            tenant: new.tenant,
            key: new.key,
            target: (!has_group).then_some(target),
            group,
        };
        let lane = self.lanes.join(likeness, key);
        let far = due.is_some_and(|due| due.0 - now.0 > BODY_WAIT_MAX_MS);
        let message = Message {
            id,
            state: State::Arriving,
            at: due.unwrap_or_default(),
            enqueued_at: now,
            attempts: 0,
            lane,
            target,
            body_len: u32::try_from(new.body.len()).unwrap_or(u32::MAX),
            priority: new.priority.min(self.settings.max_priority),
            returns: 0,
            body: (!far).then_some(new.body),
            extras,
        };
        self.bytes += u64::from(message.body_len);
        self.cached += message.body.as_ref().map_or(0, Bytes::len);
        let slot = self.messages.insert(message);
        self.index.insert(id, slot);
        if let Some(extras) = self.messages[slot].extras.as_deref() {
            self.dedup.note(id, extras);
        }
        if has_group && due.is_none() {
            // It holds its place, so that nobody who came later passes it.
            self.stand(slot, now);
        }
        slot
    }

    fn extras(&self, new: &NewMessage, now: UnixMs) -> Option<Box<Extras>> {
        let after = |ms: u64| now.0.saturating_add(ms);
        let due = new.due.unwrap_or(now).max(now);
        let ttl = new.ttl_ms.or(self.settings.ttl_ms);
        let idempotency = new.idempotency_key.as_ref().map(|_| {
            let window = new.idempotency_window_ms;
            after(window.unwrap_or(self.settings.idempotency_window_ms))
        });
        let throttle = new.throttle.as_ref().map(|it| after(it.ms));
        let debounce = new.debounce.as_ref();
        let extras = Extras {
            expires_at: ttl.map(|ttl| due.after(Duration::from_millis(ttl)).0),
            timeout_ms: new.timeout_ms,
            attempts_max: new.attempts_max,
            idempotency_key: new.idempotency_key.clone(),
            throttle: new.throttle.as_ref().map(|it| it.key.clone()),
            kept_until: idempotency.max(throttle),
            singleton: new.singleton.clone(),
            debounce: debounce.map(|it| it.key.clone()),
            debounce_until: debounce.and_then(|it| it.max_wait_ms).map(after),
            error: None,
            progress: None,
        };
        (extras != Extras::default()).then(|| Box::new(extras))
    }

    /// When an arriving message is to be handed over, if not at once.
    fn due(&self, slot: Slot) -> Option<UnixMs> {
        Some(self.messages[slot].at).filter(|at| *at > UnixMs(0))
    }

    /// A debounced message gets new data and more time.
    fn take_place(&mut self, slot: Slot, new: NewMessage, now: UnixMs) -> Arrival {
        let id = self.messages[slot].id;
        let extras = self.messages[slot].extras.as_deref();
        let latest = extras.and_then(|extras| extras.debounce_until);
        let due = new
            .due
            .unwrap_or(now)
            .min(UnixMs(latest.unwrap_or(u64::MAX)));
        self.timers
            .cancel(self.messages[slot].at, super::Timer::Due(slot));
        self.drop_body(slot);
        let message = &mut self.messages[slot];
        let before = message.body_len;
        message.state = State::Arriving;
        message.at = due;
        message.body_len = u32::try_from(new.body.len()).unwrap_or(u32::MAX);
        self.bytes = self.bytes + u64::from(message.body_len) - u64::from(before);
        let head = self.head(slot, Some(due), None);
        let changes = vec![self.put(id, head, new.body)];
        Arrival::New { id, changes }
    }
}
