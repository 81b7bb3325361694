//! Messages that come in.

use super::{BODIES_BYTES_MAX, BODY_WAIT_MAX_MS, Queue, Replaced};
use crate::core::dedup::KeyKind;
use crate::core::ids::MessageId;
use crate::core::lanes::Likeness;
use crate::core::message::{Extras, Message, State};
use crate::core::settings::Kind;
use crate::core::slab::Slot;
use crate::core::stats::Event;
use crate::core::targets::Target;
use crate::core::timers::Timer;
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
        let earlier = earlier.and_then(|id| self.slot_of(id));
        if let Some(slot) = earlier {
            match self.messages[slot].state {
                State::Arriving => return Ok(Arrival::Undecided),
                State::Later => return self.take_place(slot, new, now),
                _ => {}
            }
        }
        self.check_depth()?;
        self.check_bytes(new.body.len(), 0)?;
        self.check_kept(&new)?;
        let body = new.body.clone();
        let slot = self.admit(new, next, now);
        let due = self.due(slot);
        let head = self.head(slot, due, None);
        let changes = vec![self.put(next, head, body)];
        Ok(Arrival::New { id: next, changes })
    }

    /// Its enqueue is durable.
    pub(crate) fn arrived(&mut self, id: MessageId, now: UnixMs) {
        let Some(slot) = self.slot_of(id) else {
            return;
        };
        if self.messages[slot].state != State::Arriving {
            return;
        }
        self.replaced.remove(&id);
        self.stats.note(Event::Enqueued, now);
        if self.cached > BODIES_BYTES_MAX {
            self.drop_body(slot);
        }
        match self.due(slot) {
            Some(due) if due > now => self.put_off(slot, due, now),
            _ => self.line_up(slot, now),
        }
    }

    /// It was not written; nobody was told that it was. What it was to replace is there again.
    pub(crate) fn not_arrived(&mut self, id: MessageId, now: UnixMs) {
        let Some(slot) = self.slot_of(id) else {
            return;
        };
        if self.messages[slot].state != State::Arriving {
            return;
        }
        let Some(before) = self.replaced.remove(&id) else {
            self.forget(slot, now);
            return;
        };
        let message = &mut self.messages[slot];
        self.bytes = self.bytes + u64::from(before.body_len) - u64::from(message.body_len);
        message.body_len = before.body_len;
        self.expires(slot, before.expires_at);
        if before.due > now {
            self.put_off(slot, before.due, now);
        } else {
            self.line_up(slot, now);
        }
    }

    fn known(&self, new: &NewMessage, now: UnixMs) -> Option<Arrival> {
        let throttle = new.throttle.as_ref().map(|it| it.key.as_str());
        let keys = [
            (KeyKind::Idempotency, new.idempotency_key.as_deref()),
            (KeyKind::Singleton, new.singleton.as_deref()),
            (KeyKind::Throttle, throttle),
        ];
        let found = keys.into_iter().find_map(|(kind, key)| {
            let id = self.dedup.find(kind, key?)?;
            self.counts(kind, id, now).then_some(id)
        })?;
        if let Some(slot) = self.slot_of(found)
            && self.messages[slot].state == State::Arriving
            && !self.replaced.contains_key(&found)
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

    /// Whether a message that has a key keeps others from having it now.
    fn counts(&self, kind: KeyKind, id: MessageId, now: UnixMs) -> bool {
        let alive = self.slot_of(id);
        let alive = alive.map(|slot| self.messages[slot].extras.as_deref());
        let extras = alive.unwrap_or_else(|| Some(&self.dedup.kept(id)?.extras));
        let until = extras.map(|extras| match kind {
            KeyKind::Throttle => extras.throttle_until,
            KeyKind::Idempotency if alive.is_none() => extras.idempotent_until,
            _ => None,
        });
        match until {
            Some(Some(until)) => until > now.0,
            Some(None) => true,
            None => false,
        }
    }

    fn check_depth(&self) -> Result<(), Refusal> {
        let (field, limit) = ("depth_max", self.settings.depth_max);
        if self.messages.len() as u64 >= limit {
            return Err(Refusal::Full { field, limit });
        }
        Ok(())
    }

    fn check_bytes(&self, more: usize, less: u32) -> Result<(), Refusal> {
        let (field, limit) = ("bytes_max", self.settings.bytes_max);
        if self.bytes + more as u64 - u64::from(less) > limit {
            return Err(Refusal::Full { field, limit });
        }
        Ok(())
    }

    /// A key that outlasts its message must find room: to forget an earlier one before its time
    /// would let a message in twice.
    fn check_kept(&self, new: &NewMessage) -> Result<(), Refusal> {
        let (field, limit) = ("kept_max", self.settings.kept_max);
        let lasts = new.idempotency_key.is_some() || new.throttle.is_some();
        if lasts && self.dedup.kept_len() as u64 >= limit {
            return Err(Refusal::Full { field, limit });
        }
        Ok(())
    }

    /// Gives it a place, in which it is invisible until it has arrived.
    fn admit(&mut self, new: NewMessage, id: MessageId, now: UnixMs) -> Slot {
        let extras = self.extras(&new, now);
        let latest = extras.as_deref().and_then(|it| it.debounce_until);
        let due = new.due(latest, now).filter(|due| *due > now);
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
            body: (!far).then(|| Box::new(new.body)),
            extras,
        };
        self.bytes += u64::from(message.body_len);
        self.cached += message.body.as_ref().map_or(0, |body| body.len());
        let slot = self.messages.insert(message);
        self.index.insert(id, slot, &self.messages);
        if let Some(extras) = self.messages[slot].extras.as_deref() {
            self.dedup.note(id, extras);
        }
        if has_group && due.is_none() {
            // It holds its place, so that nobody who came later passes it.
            self.stand(slot);
        }
        slot
    }

    fn extras(&self, new: &NewMessage, now: UnixMs) -> Option<Box<Extras>> {
        let after = |ms: u64| now.0.saturating_add(ms);
        let idempotency = new.idempotency_key.as_ref().map(|_| {
            let window = new.idempotency_window_ms;
            after(window.unwrap_or(self.settings.idempotency_window_ms))
        });
        let throttle = new.throttle.as_ref().map(|it| after(it.ms));
        let debounce = new.debounce.as_ref();
        let latest = debounce.and_then(|it| it.max_wait_ms).map(after);
        let extras = Extras {
            expires_at: self.expiry(new, new.due(latest, now), now),
            timeout_ms: new.timeout_ms,
            attempts_max: new.attempts_max,
            idempotency_key: new.idempotency_key.clone(),
            throttle: new.throttle.as_ref().map(|it| it.key.clone()),
            idempotent_until: idempotency,
            throttle_until: throttle,
            singleton: new.singleton.clone(),
            debounce: debounce.map(|it| it.key.clone()),
            debounce_until: latest,
            error: None,
            progress: None,
        };
        (extras != Extras::default()).then(|| Box::new(extras))
    }

    /// When an arriving message is to be handed over, if not at once.
    fn due(&self, slot: Slot) -> Option<UnixMs> {
        Some(self.messages[slot].at).filter(|at| *at > UnixMs(0))
    }

    /// When a message is dead that is to be handed over at `due`.
    fn expiry(&self, new: &NewMessage, due: Option<UnixMs>, now: UnixMs) -> Option<u64> {
        let ttl = new.ttl_ms.or(self.settings.ttl_ms)?;
        let due = due.unwrap_or(now).max(now);
        Some(due.after(Duration::from_millis(ttl)).0)
    }

    /// A message expires at another instant than before.
    fn expires(&mut self, slot: Slot, at: Option<u64>) {
        let extras = self.extras_mut(slot);
        let before = std::mem::replace(&mut extras.expires_at, at);
        if let Some(before) = before {
            self.timers.cancel(UnixMs(before), Timer::Expire(slot));
        }
    }

    /// A debounced message gets new data and more time.
    fn take_place(&mut self, slot: Slot, new: NewMessage, now: UnixMs) -> Result<Arrival, Refusal> {
        let message = &self.messages[slot];
        let (id, before) = (message.id, message.at);
        let body_len = message.body_len;
        self.check_bytes(new.body.len(), body_len)?;
        let extras = message.extras.as_deref();
        let expires_at = extras.and_then(|extras| extras.expires_at);
        let latest = extras.and_then(|extras| extras.debounce_until);
        let due = new.due(latest, now);
        let replaced = Replaced {
            due: before,
            body_len,
            expires_at,
        };
        self.replaced.insert(id, replaced);
        self.timers.cancel(before, Timer::Due(slot));
        self.expires(slot, self.expiry(&new, due, now));
        self.drop_body(slot);
        let message = &mut self.messages[slot];
        message.state = State::Arriving;
        message.at = due.unwrap_or_default();
        message.body_len = u32::try_from(new.body.len()).unwrap_or(u32::MAX);
        self.bytes = self.bytes + u64::from(message.body_len) - u64::from(body_len);
        let head = self.head(slot, due, None);
        let changes = vec![self.put(id, head, new.body)];
        Ok(Arrival::New { id, changes })
    }
}

impl NewMessage {
    /// When it is to be handed over, if not at once; a burst lasts at most until `latest`.
    fn due(&self, latest: Option<u64>, now: UnixMs) -> Option<UnixMs> {
        let quiet = self.debounce.as_ref();
        let quiet = quiet.map(|it| now.after(Duration::from_millis(it.ms)));
        let due = self.due.max(quiet)?;
        Some(due.min(UnixMs(latest.unwrap_or(u64::MAX))))
    }
}
