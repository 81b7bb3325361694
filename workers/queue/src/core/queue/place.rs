//! Where messages and lanes stand.

use super::Queue;
use crate::core::ids::MessageId;
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

    /// Where a lane stands among the others: by its first message.
    fn standing_of(&self, ix: LaneIx) -> Option<(u8, MessageId)> {
        let (_, id, slot) = self.lanes.lane(ix).line.first()?;
        Some((u8::MAX - self.messages[*slot].priority, *id))
    }

    /// A message can be handed over from now on.
    pub(super) fn line_up(&mut self, slot: Slot, now: UnixMs) {
        let message = &mut self.messages[slot];
        message.state = State::Waiting;
        message.at = now;
        self.stand(slot);
        self.watch_expiry(slot);
    }

    /// A message takes its place in its lane.
    pub(super) fn stand(&mut self, slot: Slot) {
        let turn = self.turn(slot);
        let lane = self.messages[slot].lane;
        self.lanes.lane_mut(lane).line.insert(turn);
        self.touched(lane);
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
        self.watch_expiry(slot);
    }

    fn watch_expiry(&mut self, slot: Slot) {
        let extras = self.messages[slot].extras.as_ref();
        if let Some(at) = extras.and_then(|extras| extras.expires_at) {
            self.timers.set(UnixMs(at), Timer::Expire(slot));
        }
    }

    /// A message that is not being handled is to go; nobody may take it any more.
    pub(super) fn take_leave(&mut self, slot: Slot) {
        let message = &self.messages[slot];
        let (lane, at, state) = (message.lane, message.at, message.state);
        if state == State::Later {
            self.timers.cancel(at, Timer::Due(slot));
        }
        self.messages[slot].state = State::Leaving;
        if self.lanes.lane(lane).likeness.group.is_none() {
            self.out_of_line(slot);
        }
    }

    /// Takes a message out of its lane.
    pub(super) fn out_of_line(&mut self, slot: Slot) {
        let lane = self.messages[slot].lane;
        let turn = self.turn(slot);
        if self.lanes.lane_mut(lane).line.remove(&turn) {
            self.withdraw(lane);
            self.offer(lane);
        }
    }

    /// The first message of a lane may have changed.
    fn touched(&mut self, lane: LaneIx) {
        match self.lanes.lane(lane).place {
            Place::Listed(rank, id) if self.standing_of(lane) == Some((rank, id)) => {}
            Place::AtKey => {}
            Place::AtTarget(at) if self.first_target(lane) == Some(at) => {}
            _ => {
                self.withdraw(lane);
                self.offer(lane);
            }
        }
    }

    fn first_target(&self, lane: LaneIx) -> Option<TargetIx> {
        let (_, _, slot) = self.lanes.lane(lane).line.first()?;
        Some(self.messages[*slot].target)
    }

    /// Lists a lane that is out, if there is anything to take from it. What else stands in the way
    /// is found when its turn comes.
    pub(super) fn offer(&mut self, ix: LaneIx) {
        if self.lanes.lane(ix).busy == 0
            && let Some(standing) = self.standing_of(ix)
        {
            self.lanes.list(ix, standing);
        }
    }

    /// A message of a group is not being handled any more.
    pub(super) fn let_go(&mut self, ix: LaneIx) {
        let lane = self.lanes.lane_mut(ix);
        if lane.likeness.group.is_none() {
            return;
        }
        lane.busy -= 1;
        if lane.busy == 0 {
            self.offer(ix);
        }
    }

    /// Takes a lane out of wherever it is.
    pub(super) fn withdraw(&mut self, ix: LaneIx) {
        let lane = self.lanes.lane_mut(ix);
        let key = lane.key;
        match lane.place {
            Place::Out => {}
            Place::Listed(..) => {
                self.lanes.unlist(ix);
                // It may have been listed because its key has room, which others wait for too.
                if let Some(key) = key {
                    self.key_has_room(key);
                }
            }
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
        if first.state != State::Waiting {
            // It is listed again when that changes.
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
        let is_full = self.together(ix).len() >= batch.size as usize;
        let ready_at = first.at.after(Duration::from_millis(batch.wait_ms));
        (!is_full && ready_at > now).then_some(Place::Until(ready_at))
    }

    /// The first messages of a lane, as many as go together.
    pub(super) fn together(&self, ix: LaneIx) -> Vec<Turn> {
        let most = self.settings.batch.map_or(1, |batch| batch.size as usize);
        let line = self.lanes.lane(ix).line.iter();
        let target = self.first_target(ix);
        let fits = |turn: &&Turn| {
            let message = &self.messages[turn.2];
            Some(message.target) == target && message.state == State::Waiting
        };
        line.take_while(fits).take(most).copied().collect()
    }

    /// A key may have room: one lane that waits for it may go on, and lets the next one go on when
    /// it was served or cannot be.
    pub(super) fn key_has_room(&mut self, key: KeyIx) {
        if self.keys.is_full(key, &self.settings) {
            return;
        }
        if let Some(&lane) = self.keys.key(key).parked.first() {
            self.withdraw(lane);
            self.offer(lane);
        }
    }

    /// Somebody may offer a target now.
    pub(super) fn target_is_back(&mut self, ix: TargetIx) {
        let place = self.targets.place_mut(ix);
        place.is_absent = false;
        let parked: Vec<LaneIx> = place.parked.iter().copied().collect();
        for lane in parked {
            self.withdraw(lane);
            self.offer(lane);
        }
    }
}
