//! What happens because time passes.

use super::{Outcome, Queue, Settle};
use crate::core::ids::DeliveryId;
use crate::core::lanes::Place;
use crate::core::message::{Failure, Reason, State};
use crate::core::queue::Advice;
use crate::core::slab::Slot;
use crate::core::targets::{Target, TargetIx, Targets};
use crate::core::timers::Timer;
use fastrand::Rng;
use iii_ports::UnixMs;
use iii_ports::log::Change;
use std::time::Duration;

/// Timers that ring before other work gets its turn.
const TIMERS_MAX: usize = 256;

/// What came of time.
#[derive(Debug, Default)]
pub(crate) struct Ticked {
    /// To be made durable together; then [`Queue::settled`].
    pub(crate) changes: Vec<Change>,
    pub(crate) settles: Vec<Settle>,
    /// Deliveries that were given up: their functions may stop.
    pub(crate) given_up: Vec<DeliveryId>,
}

impl Queue {
    /// Lets ring what is due, though not everything at once.
    pub(crate) fn tick(&mut self, now: UnixMs, random: &mut Rng) -> Ticked {
        let mut ticked = Ticked::default();
        for _ in 0..TIMERS_MAX {
            let Some(timer) = self.timers.pop(now) else {
                break;
            };
            match timer {
                Timer::Due(slot) => self.line_up(slot, now),
                Timer::Expire(slot) => self.expire(slot, now, &mut ticked),
                Timer::Lane(lane) => {
                    self.lanes.lane_mut(lane).place = Place::Out;
                    self.offer(lane);
                }
                Timer::Key(key) => {
                    if let Some(at) = self.keys.drop_unused(key, &self.settings, now) {
                        self.timers.set(at, Timer::Key(key));
                    }
                }
                Timer::Rate => {}
                Timer::Lease(id) => self.lease_ends(id, now, random, &mut ticked),
                Timer::Kept(id) => {
                    if self.dedup.end(id).is_some() {
                        ticked.changes.push(self.remove(id));
                    }
                }
                Timer::Probe => self.probe(),
            }
        }
        self.make_way(&mut ticked.changes, &mut ticked.settles);
        ticked
    }

    fn expire(&mut self, slot: Slot, now: UnixMs, ticked: &mut Ticked) {
        // One that is being handled is looked at again when it comes back.
        if !matches!(self.messages[slot].state, State::Waiting | State::Later) {
            return;
        }
        self.take_leave(slot);
        let (change, settle) = self.die(slot, Reason::Expired, now);
        ticked.changes.push(change);
        ticked.settles.push(settle);
    }

    fn lease_ends(&mut self, id: DeliveryId, now: UnixMs, random: &mut Rng, ticked: &mut Ticked) {
        let Some(running) = self.deliveries.get(&id) else {
            return;
        };
        let rings = running.heartbeat.unwrap_or(running.deadline);
        let rings = rings.min(running.deadline);
        if rings > now {
            self.timers.set(rings, Timer::Lease(id));
            return;
        }
        let waited = now.0.saturating_sub(running.started_at.0);
        let failure = if running.deadline <= now {
            Failure {
                code: "TIMEOUT".to_owned(),
                message: format!("the handler did not end within {waited} ms"),
            }
        } else {
            Failure {
                code: "heartbeat_missed".to_owned(),
                message: format!("the handler reported nothing, {waited} ms after it began"),
            }
        };
        let outcome = Outcome::Failed {
            failure,
            advice: Advice::default(),
        };
        let (changes, settles) = self.ended(id, &outcome, now, random);
        ticked.changes.extend(changes);
        ticked.settles.extend(settles);
        ticked.given_up.push(id);
    }

    /// A handler reports that it is alive, and perhaps that it needs so much longer from now on.
    /// `None` when the message is not being handled by this worker any more.
    pub(crate) fn report(
        &mut self,
        slot_of: super::MessageId,
        more: Option<Duration>,
        progress: Option<String>,
        now: UnixMs,
    ) -> Option<UnixMs> {
        let slot = self.slot_of(slot_of)?;
        let State::Running(id) = self.messages[slot].state else {
            return None;
        };
        if progress.is_some() {
            self.extras_mut(slot).progress = progress;
        }
        let beat = self.settings.heartbeat_ms.map(Duration::from_millis);
        let running = self.deliveries.get_mut(&id)?;
        for at in [Some(running.deadline), running.heartbeat]
            .into_iter()
            .flatten()
        {
            self.timers.cancel(at, Timer::Lease(id));
        }
        if let Some(more) = more {
            running.deadline = now.after(more);
        }
        running.heartbeat = beat.map(|beat| now.after(beat.max(more.unwrap_or_default())));
        let rings = running.heartbeat.unwrap_or(running.deadline);
        self.timers
            .set(rings.min(running.deadline), Timer::Lease(id));
        Some(running.deadline)
    }

    /// Whoever was absent is asked again; what is bound to the queue only if anything is.
    fn probe(&mut self) {
        let functions = self.targets.absent().map(|(ix, _)| ix);
        let bound = self.targets.place(Targets::BOUND).is_absent && self.is_bound;
        let bound = bound.then_some(Targets::BOUND);
        let absent: Vec<TargetIx> = functions.chain(bound).collect();
        for ix in absent {
            self.target_is_back(ix);
        }
    }

    /// Functions that messages wait for.
    pub(crate) fn absent_functions(&self) -> impl Iterator<Item = &Target> {
        self.targets.absent().map(|(_, target)| target)
    }

    /// Somebody offers a function, or something is bound to the queue.
    pub(crate) fn offered(&mut self, target: &Target, _now: UnixMs) {
        self.is_bound |= *target == Target::Bound;
        if let Some(ix) = self.targets.find(target)
            && self.targets.place(ix).is_absent
        {
            self.target_is_back(ix);
        }
    }

    /// Nothing is bound to the queue any more.
    pub(crate) fn unbound(&mut self) {
        self.is_bound = false;
        if let Some(ix) = self.targets.find(&Target::Bound) {
            self.targets.place_mut(ix).is_absent = true;
        }
    }
}
