//! What is handed over next.

use super::{Queue, Running};
use crate::core::ids::{DeliveryId, MessageId, QueueId};
use crate::core::lanes::{LaneIx, Place};
use crate::core::message::State;
use crate::core::slab::Slot;
use crate::core::targets::Target;
use crate::core::timers::Timer;
use bytes::Bytes;
use iii_ports::UnixMs;
use std::time::Duration;

/// Messages to hand over to a function, now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Delivery {
    pub(crate) id: DeliveryId,
    pub(crate) queue: QueueId,
    pub(crate) target: Target,
    /// More than one only in a queue with `batch`.
    pub(crate) messages: Vec<Handed>,
    /// They are handed over as an array.
    pub(crate) is_batch: bool,
}

/// A message of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Handed {
    pub(crate) id: MessageId,
    /// Absent where it is only in the store.
    pub(crate) body: Option<Bytes>,
    /// Which attempt this is, from 1.
    pub(crate) attempt: u32,
    pub(crate) enqueued_at: UnixMs,
}

impl Queue {
    /// The next delivery, if there is one; it begins.
    pub(crate) fn next(&mut self, id: DeliveryId, now: UnixMs) -> Option<Delivery> {
        if self.is_paused
            || self.is_halted
            || self.deliveries.len() >= self.settings.concurrency as usize
        {
            return None;
        }
        if let Some(rate) = self.settings.rate {
            let at = self.starts.next(rate);
            if at > now {
                if self.lanes.first().is_some() {
                    self.timers.set(at, Timer::Rate);
                }
                return None;
            }
        }
        loop {
            let lane = self.lanes.first()?;
            let obstacle = self.obstacle(lane, now);
            self.lanes.unlist(lane);
            match obstacle {
                None => return Some(self.hand_over(id, lane, now)),
                Some(place) => {
                    self.park(lane, place);
                    let key = self.lanes.lane(lane).key;
                    // Whoever cannot use the room of its key leaves it to the next.
                    if let Some(key) = key.filter(|_| place != Place::AtKey) {
                        self.key_has_room(key);
                    }
                }
            }
        }
    }

    fn hand_over(&mut self, id: DeliveryId, ix: LaneIx, now: UnixMs) -> Delivery {
        let turns = self.together(ix);
        let lane = self.lanes.lane_mut(ix);
        let key = lane.key;
        if lane.likeness.group.is_some() {
            // They keep their places.
            lane.busy = turns.len();
        } else {
            for turn in &turns {
                lane.line.remove(turn);
            }
        }
        let slots: Vec<Slot> = turns.into_iter().map(|(_, _, slot)| slot).collect();
        for &slot in &slots {
            self.messages[slot].state = State::Running(id);
            if let Some(extras) = self.messages[slot].extras.as_deref() {
                self.dedup.close_debounce(self.messages[slot].id, extras);
            }
        }
        self.lanes.charge(ix, slots.len(), &self.settings);
        if let Some(rate) = self.settings.rate {
            self.starts.note(rate, now);
        }
        if let Some(key) = key {
            let state = self.keys.key_mut(key);
            state.running += 1;
            if let Some(rate) = self.settings.key_rate {
                state.starts.note(rate, now);
            }
            self.key_has_room(key);
        }
        self.offer(ix);
        self.begin(id, slots, ix, key, now)
    }

    fn begin(
        &mut self,
        id: DeliveryId,
        slots: Vec<Slot>,
        lane: LaneIx,
        key: Option<super::KeyIx>,
        now: UnixMs,
    ) -> Delivery {
        let own = |slot: &Slot| self.messages[*slot].extras.as_ref()?.timeout_ms;
        let timeout = |slot: &Slot| own(slot).unwrap_or(self.settings.timeout_ms);
        let timeout = slots.iter().map(timeout).max().unwrap_or_default();
        let deadline = now.after(Duration::from_millis(timeout));
        let heartbeat = self.settings.heartbeat_ms;
        let heartbeat = heartbeat.map(|ms| now.after(Duration::from_millis(ms)));
        let rings = heartbeat.unwrap_or(deadline).min(deadline);
        self.timers.set(rings, Timer::Lease(id));
        let handed = |slot: &Slot| {
            let message = &self.messages[*slot];
            Handed {
                id: message.id,
                body: message.body.as_deref().cloned(),
                attempt: message.attempts + 1,
                enqueued_at: message.enqueued_at,
            }
        };
        let messages: Vec<Handed> = slots.iter().map(handed).collect();
        let target = self.messages[slots[0]].target;
        let delivery = Delivery {
            id,
            queue: self.id,
            target: self.targets.place(target).target.clone(),
            messages,
            is_batch: self.settings.batch.is_some(),
        };
        let running = Running {
            slots,
            lane,
            key,
            started_at: now,
            deadline,
            heartbeat,
        };
        self.deliveries.insert(id, running);
        delivery
    }
}
