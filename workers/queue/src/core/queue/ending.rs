//! How deliveries end, and what becomes of their messages.

use super::{Queue, Running};
use crate::core::dedup::Kept;
use crate::core::ids::{DeliveryId, MessageId};
use crate::core::message::{Extras, Failure, Fate, Reason, State};
use crate::core::settings::Jitter;
use crate::core::slab::Slot;
use crate::core::stats::Event;
use crate::core::timers::Timer;
use bytes::Bytes;
use fastrand::Rng;
use iii_ports::UnixMs;
use iii_ports::log::Change;
use std::collections::BTreeSet;
use std::time::Duration;

/// How long an absent function is taken for absent when nobody says that it is back.
const PROBE: Duration = Duration::from_secs(5);
/// First pause of a message that was given back; doubled each time.
const RETURN_PAUSE_MS: u64 = 100;
/// Longest such pause.
const RETURN_PAUSE_MAX_MS: u64 = 10_000;

/// How a delivery ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The function returned this; some messages of a batch it named as failed.
    Done {
        result: Option<Bytes>,
        failed: BTreeSet<MessageId>,
    },
    /// It failed.
    Failed { failure: Failure, advice: Advice },
    /// It was not attempted, or the function gives it back; after this pause, if it names one.
    Returned { after: Option<Duration> },
    /// Nobody offers the function.
    Absent,
}

/// What a failed handler says about another attempt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Advice {
    /// Not before so long.
    pub(crate) after: Option<Duration>,
    /// Never.
    pub(crate) is_final: bool,
}

/// What becomes of a message once the change that says so is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Settle {
    Gone(MessageId),
    Kept {
        id: MessageId,
        has_result: bool,
    },
    Dead(MessageId),
    Again {
        id: MessageId,
        due: UnixMs,
    },
    /// An old dead message gave way.
    Dropped(MessageId),
}

impl Queue {
    /// A delivery has ended. What it answers is to be made durable; then [`Queue::settled`].
    /// A delivery that was given up before has nothing to say any more.
    pub(crate) fn ended(
        &mut self,
        id: DeliveryId,
        outcome: &Outcome,
        now: UnixMs,
        random: &mut Rng,
    ) -> (Vec<Change>, Vec<Settle>) {
        let Some(running) = self.deliveries.remove(&id) else {
            return (Vec::new(), Vec::new());
        };
        self.give_back(&running, id);
        if matches!(outcome, Outcome::Absent)
            && let Some(slot) = running.slots.first()
        {
            let target = self.messages[*slot].target;
            self.targets.place_mut(target).is_absent = true;
            self.timers.set(now.after(PROBE), Timer::Probe);
        }
        let (mut changes, mut settles) = (Vec::new(), Vec::new());
        for &slot in &running.slots {
            if let Some((change, settle)) = self.end(slot, outcome, now, random) {
                changes.push(change);
                settles.push(settle);
            } else {
                self.let_go(running.lane);
            }
        }
        self.make_way(&mut changes, &mut settles);
        (changes, settles)
    }

    /// What was written about endings is durable.
    pub(crate) fn settled(&mut self, settles: Vec<Settle>, now: UnixMs) {
        self.is_halted = false;
        for settle in settles {
            self.settle(settle, now);
        }
    }

    /// Endings cannot be written now; nothing more begins until they can.
    pub(crate) fn halt(&mut self) {
        self.is_halted = true;
    }

    fn give_back(&mut self, running: &Running, id: DeliveryId) {
        for at in [Some(running.deadline), running.heartbeat]
            .into_iter()
            .flatten()
        {
            self.timers.cancel(at, Timer::Lease(id));
        }
        if let Some(key) = running.key {
            self.keys.key_mut(key).running -= 1;
            self.key_has_room(key);
        }
    }

    fn end(
        &mut self,
        slot: Slot,
        outcome: &Outcome,
        now: UnixMs,
        random: &mut Rng,
    ) -> Option<(Change, Settle)> {
        let id = self.messages[slot].id;
        match outcome {
            Outcome::Done { failed, .. } if failed.contains(&id) => {
                let failure = Failure {
                    code: "batch_item_failed".to_owned(),
                    message: "the handler named this message as failed".to_owned(),
                };
                Some(self.failed(slot, &failure, Advice::default(), now, random))
            }
            Outcome::Done { result, .. } => Some(self.done(slot, result.as_ref(), now)),
            Outcome::Failed { failure, advice } => {
                Some(self.failed(slot, failure, *advice, now, random))
            }
            Outcome::Returned { after } => {
                self.returned(slot, *after, now);
                None
            }
            Outcome::Absent => {
                self.back_in_line(slot, now, now);
                None
            }
        }
    }

    fn done(&mut self, slot: Slot, result: Option<&Bytes>, now: UnixMs) -> (Change, Settle) {
        self.stats.note(Event::Completed, now);
        self.messages[slot].state = State::Settling;
        let id = self.messages[slot].id;
        let extras = self.messages[slot].extras.as_deref();
        let known_until = extras.and_then(Extras::known_until);
        if known_until.is_none_or(|until| until <= now.0) {
            return (self.remove(id), Settle::Gone(id));
        }
        let wants_result = extras.is_some_and(|extras| extras.idempotency_key.is_some());
        let result = result.filter(|it| wants_result && it.len() <= self.settings.result_bytes_max);
        let has_result = result.is_some();
        let fate = Fate::Done { has_result };
        let head = self.head(slot, None, Some(fate));
        let body = result.cloned().unwrap_or_default();
        (self.put(id, head, body), Settle::Kept { id, has_result })
    }

    fn failed(
        &mut self,
        slot: Slot,
        failure: &Failure,
        advice: Advice,
        now: UnixMs,
        random: &mut Rng,
    ) -> (Change, Settle) {
        self.stats.note(Event::Failed, now);
        let is_final = advice.is_final || self.settings.non_retryable.contains(&failure.code);
        self.extras_mut(slot).error = Some(failure.clone());
        let own = self.messages[slot]
            .extras
            .as_ref()
            .and_then(|it| it.attempts_max);
        let most = own.unwrap_or(self.settings.max_retries);
        let message = &mut self.messages[slot];
        message.state = State::Settling;
        message.attempts += 1;
        message.returns = 0;
        let attempts = message.attempts;
        if is_final {
            return self.die(slot, Reason::NotRetryable, now);
        }
        if attempts >= most {
            return self.die(slot, Reason::AttemptsExhausted, now);
        }
        let id = message.id;
        let pause = self.settings.backoff(attempts);
        let pause = match self.settings.jitter {
            Jitter::None => pause,
            Jitter::Full => Duration::from_millis(random.u64(0..=pause.as_millis() as u64)),
        };
        let due = now.after(advice.after.unwrap_or(pause));
        let head = self.head(slot, Some(due), None);
        (self.update(id, head), Settle::Again { id, due })
    }

    /// A message dies, once that is durable.
    pub(super) fn die(&mut self, slot: Slot, reason: Reason, now: UnixMs) -> (Change, Settle) {
        self.stats.note(Event::Died, now);
        self.dying += 1;
        let id = self.messages[slot].id;
        let fate = Fate::Dead { reason, at: now.0 };
        let head = self.head(slot, None, Some(fate));
        (self.update(id, head), Settle::Dead(id))
    }

    /// The oldest dead messages give way to those that are about to join them; perhaps some of
    /// these themselves.
    pub(super) fn make_way(&mut self, changes: &mut Vec<Change>, settles: &mut Vec<Settle>) {
        let joins = |settle: &Settle| match settle {
            Settle::Dead(id) => Some(*id),
            _ => None,
        };
        let mut joining: BTreeSet<MessageId> = settles.iter().filter_map(joins).collect();
        if joining.is_empty() {
            return;
        }
        while self.dead.len() as u64 + self.dying > self.settings.dead_max {
            let oldest = self.dead.keys().next().copied();
            let oldest_joining = joining.first().copied();
            if let Some(id) = oldest.filter(|id| oldest_joining.is_none_or(|it| *id < it)) {
                // Nobody can claim it from now on.
                self.dead.remove(&id);
                changes.push(self.remove(id));
                settles.push(Settle::Dropped(id));
            } else if let Some(id) = joining.pop_first() {
                self.dying -= 1;
                let removal = self.remove(id);
                if let Some(change) = changes.iter_mut().find(|it| it.id().0 == id.0) {
                    *change = removal;
                }
                if let Some(settle) = settles.iter_mut().find(|it| joins(it) == Some(id)) {
                    *settle = Settle::Gone(id);
                }
            } else {
                return;
            }
        }
    }

    fn returned(&mut self, slot: Slot, after: Option<Duration>, now: UnixMs) {
        let message = &mut self.messages[slot];
        let pause = RETURN_PAUSE_MS << message.returns.min(10);
        message.returns = message.returns.saturating_add(1);
        let pause = Duration::from_millis(pause.min(RETURN_PAUSE_MAX_MS));
        self.back_in_line(slot, now.after(after.unwrap_or(pause)), now);
    }

    fn settle(&mut self, settle: Settle, now: UnixMs) {
        let (Settle::Gone(id)
        | Settle::Kept { id, .. }
        | Settle::Dead(id)
        | Settle::Again { id, .. }
        | Settle::Dropped(id)) = settle;
        let Some(slot) = self.slot_of(id) else {
            return;
        };
        let message = &self.messages[slot];
        let (lane, was_running) = (message.lane, message.state == State::Settling);
        let is_over = match settle {
            Settle::Again { due, .. } => {
                self.back_in_line(slot, due, now);
                false
            }
            Settle::Kept { has_result, .. } => {
                self.keep(slot, has_result);
                true
            }
            Settle::Dead(_) => {
                self.dying -= 1;
                self.dead.insert(id, self.messages[slot].body_len);
                true
            }
            Settle::Gone(_) | Settle::Dropped(_) => true,
        };
        // One that leaves without having been handled says nothing about the one that is.
        if was_running {
            self.let_go(lane);
        }
        if is_over {
            self.forget(slot, now);
        }
    }

    fn keep(&mut self, slot: Slot, has_result: bool) {
        let message = &self.messages[slot];
        let Some(extras) = message.extras.clone() else {
            return;
        };
        let until = UnixMs(extras.known_until().unwrap_or_default());
        self.timers.set(until, Timer::Kept(message.id));
        let kept = Kept {
            until,
            has_result,
            extras,
        };
        self.dedup.keep(message.id, kept);
    }

    /// A message is to be handed over again, from an instant on. Within a group it has kept its
    /// place, and everything behind it waits.
    pub(super) fn back_in_line(&mut self, slot: Slot, due: UnixMs, now: UnixMs) {
        if due > now {
            self.put_off(slot, due, now);
        } else {
            self.line_up(slot, now);
        }
    }
}
