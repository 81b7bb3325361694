//! Where messages and lanes stand.

use super::Queue;
use crate::core::keys::{KeyIx, Verdict};
use crate::core::lanes::{LaneIx, Place, Turn};
use crate::core::message::State;
use crate::core::slab::Slot;
use crate::core::targets::TargetIx;
use crate::core::timers::Timer;
use iii_ports::UnixMs;
use std::time::Duration;

impl Queue {
    fn turn(&self, slot: Slot) -> Turn {
        let message = &self.messages[slot];
        let lane = self.lanes.lane(message.lane);
        // Within a group only age counts.
        let rank = match lane.likeness.group {
            Some(_) => 0,
            None => u8::MAX - message.priority,
        };
        (rank, message.id, slot)
    }

    /// Whether this message is the one that keeps its group waiting.
    pub(super) fn holds_lane(&self, slot: Slot) -> bool {
        let lane = self.lanes.lane(self.messages[slot].lane);
        lane.is_busy && lane.line.contains(&self.turn(slot))
    }

    /// A message can be handed over from now on.
    pub(super) fn into_line(&mut self, slot: Slot, now: UnixMs) {
        let message = &mut self.messages[slot];
        message.state = State::Waiting;
        message.at = now;
        self.stand(slot, now);
        let extras = self.messages[slot].extras.as_ref();
        if let Some(at) = extras.and_then(|extras| extras.expires_at) {
            self.timers.set(UnixMs(at), Timer::Expire(slot));
        }
    }

    /// A message takes its place in its lane.
    pub(super) fn stand(&mut self, slot: Slot, now: UnixMs) {
        let turn = self.turn(slot);
        let lane = self.messages[slot].lane;
        self.lanes.lane_mut(lane).line.insert(turn);
        self.touched(lane, now);
    }

    /// A message's time comes later.
    pub(super) fn put_off(&mut self, slot: Slot, until: UnixMs, now: UnixMs) {
        let message = &mut self.messages[slot];
        message.state = State::Later;
        message.at = until;
        self.timers.set(until, Timer::Due(slot));
        if until.0.saturating_sub(now.0) > super::BODY_WAIT_MAX_MS {
            self.drop_body(slot);
        }
        let extras = self.messages[slot].extras.as_ref();
        if let Some(at) = extras.and_then(|extras| extras.expires_at) {
            self.timers.set(UnixMs(at), Timer::Expire(slot));
        }
    }

    /// Takes a message out of its lane and cancels what would happen to it.
    pub(super) fn out_of_line(&mut self, slot: Slot) {
        let message = &self.messages[slot];
        let (lane, at) = (message.lane, message.at);
        if message.state == State::Later {
            self.timers.cancel(at, Timer::Due(slot));
        }
        let turn = self.turn(slot);
        if self.lanes.lane_mut(lane).line.remove(&turn) {
            self.withdraw(lane);
            // Without the time: a pause that is over is found to be so when its timer rings.
            self.offer(lane, UnixMs(0));
        }
    }

    /// The first message of a lane may have changed.
    pub(super) fn touched(&mut self, lane: LaneIx, now: UnixMs) {
        let state = self.lanes.lane(lane);
        let first = state.line.first().map(|(rank, id, _)| (*rank, *id));
        match state.place {
            Place::Listed(rank, id) if first == Some((rank, id)) => {}
            Place::AtKey => {}
            Place::Until(_) if self.settings.batch.is_none() => {}
            Place::AtTarget(at) if self.first_target(lane) == Some(at) => {}
            _ => {
                self.withdraw(lane);
                self.offer(lane, now);
            }
        }
    }

    fn first_target(&self, lane: LaneIx) -> Option<TargetIx> {
        let (_, _, slot) = self.lanes.lane(lane).line.first()?;
        Some(self.messages[*slot].target)
    }

    /// Puts a lane that is out where it belongs.
    pub(super) fn offer(&mut self, ix: LaneIx, now: UnixMs) {
        let lane = self.lanes.lane_mut(ix);
        if lane.is_busy || lane.line.is_empty() {
            return;
        }
        if lane.not_before > now {
            let at = lane.not_before;
            self.park(ix, Place::Until(at));
        } else {
            self.lanes.list(ix);
        }
    }

    /// Takes a lane out of wherever it is.
    pub(super) fn withdraw(&mut self, ix: LaneIx) {
        let lane = self.lanes.lane_mut(ix);
        let key = lane.key;
        match lane.place {
            Place::Out => {}
            Place::Listed(..) => self.lanes.unlist(ix),
            Place::AtKey => {
                lane.place = Place::Out;
                if let Some(key) = key {
                    self.keys.key_mut(key).parked.remove(&ix);
                }
            }
            Place::AtTarget(target) => {
                lane.place = Place::Out;
                self.targets.place_mut(target).parked.remove(&ix);
            }
            Place::Until(at) => {
                lane.place = Place::Out;
                self.timers.cancel(at, Timer::Lane(ix));
            }
        }
    }

    /// Lets a lane that is out wait.
    pub(super) fn park(&mut self, ix: LaneIx, place: Place) {
        let lane = self.lanes.lane_mut(ix);
        debug_assert_eq!(lane.place, Place::Out);
        lane.place = place;
        let key = lane.key;
        match place {
            Place::AtKey => {
                if let Some(key) = key {
                    self.keys.key_mut(key).parked.insert(ix);
                }
            }
            Place::AtTarget(target) => {
                self.targets.place_mut(target).parked.insert(ix);
            }
            Place::Until(at) => self.timers.set(at, Timer::Lane(ix)),
            Place::Out | Place::Listed(..) => {}
        }
    }

    /// What keeps the first message of a listed lane from being handed over.
    pub(super) fn obstacle(&self, ix: LaneIx, now: UnixMs) -> Option<Place> {
        let lane = self.lanes.lane(ix);
        let (_, _, slot) = lane.line.first()?;
        let first = &self.messages[*slot];
        if first.state == State::Arriving {
            return Some(Place::Out);
        }
        if self.targets.place(first.target).is_absent {
            return Some(Place::AtTarget(first.target));
        }
        match lane
            .key
            .map(|key| self.keys.verdict(key, &self.settings, now))
        {
            Some(Verdict::Full) => return Some(Place::AtKey),
            Some(Verdict::At(at)) => return Some(Place::Until(at)),
            Some(Verdict::Go) | None => {}
        }
        let batch = self.settings.batch?;
        let is_full = lane.line.len() >= batch.size as usize;
        let ready_at = first.at.after(Duration::from_millis(batch.wait_ms));
        (!is_full && ready_at > now).then_some(Place::Until(ready_at))
    }

    /// A delivery of a key has ended, or its limits changed: as many lanes as have room may go on.
    pub(super) fn key_has_room(&mut self, key: KeyIx, now: UnixMs) {
        if self.keys.verdict(key, &self.settings, now) == Verdict::Full {
            return;
        }
        if let Some(&lane) = self.keys.key(key).parked.first() {
            self.withdraw(lane);
            self.offer(lane, now);
        }
    }

    /// Somebody may offer a target now.
    pub(super) fn target_is_back(&mut self, ix: TargetIx, now: UnixMs) {
        let place = self.targets.place_mut(ix);
        place.is_absent = false;
        let parked: Vec<LaneIx> = place.parked.iter().copied().collect();
        for lane in parked {
            self.withdraw(lane);
            self.offer(lane, now);
        }
    }
}
