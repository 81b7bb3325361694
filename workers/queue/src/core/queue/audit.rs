//! Whether everything a queue knows fits together.

use super::Queue;
use crate::core::ids::MessageId;
use crate::core::lanes::{Lane, LaneIx, Likeness, Place};
use crate::core::message::State;
use crate::core::slab::Slot;
use crate::core::timers::Timer;
use iii_ports::UnixMs;
use std::collections::{BTreeMap, BTreeSet};

/// A message as its lane sees it.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::core) struct InLine {
    pub(in crate::core) id: MessageId,
    pub(in crate::core) priority: u8,
    pub(in crate::core) likeness: Likeness,
}

impl Queue {
    /// Messages without a group that can be handed over, as far as they are concerned.
    pub(in crate::core) fn in_line(&self) -> Vec<InLine> {
        let waits = self.messages.iter().filter(|(_, message)| {
            let likeness = &self.lanes.lane(message.lane).likeness;
            message.state == State::Waiting && likeness.group.is_none()
        });
        let in_line = waits.map(|(_, message)| InLine {
            id: message.id,
            priority: message.priority,
            likeness: self.lanes.lane(message.lane).likeness.clone(),
        });
        in_line.collect()
    }

    /// Messages that are done and still known.
    pub(in crate::core) fn kept(&self) -> u64 {
        self.dedup.kept_len() as u64
    }

    /// Panics at the first thing that does not fit.
    pub(in crate::core) fn audit(&self) {
        let messages: Vec<_> = self.messages.iter().collect();
        assert_eq!(self.messages.len(), messages.len());
        assert_eq!(self.index.len(), messages.len());
        let bytes = messages.iter().map(|(_, it)| u64::from(it.body_len));
        assert_eq!(self.bytes, bytes.sum::<u64>(), "bytes");
        let cached = messages.iter().filter_map(|(_, it)| it.body.as_ref());
        assert_eq!(self.cached, cached.map(|body| body.len()).sum::<usize>());
        for (slot, message) in &messages {
            assert_eq!(self.slot_of(message.id), Some(*slot));
            self.audit_message(*slot);
        }
        self.audit_lanes();
        self.audit_limits();
        self.audit_timers();
        for (_, id) in self.dedup.audit() {
            let is_known = self.slot_of(id).is_some() || self.dedup.kept(id).is_some();
            assert!(is_known, "a key leads to {id:?}, which is gone");
        }
        for id in self.replaced.keys() {
            let slot = self.slot_of(*id).unwrap();
            assert_eq!(self.messages[slot].state, State::Arriving);
        }
    }

    /// Panics unless a queue without messages remembers nothing that it need not.
    pub(in crate::core) fn audit_rest(&self) {
        assert_eq!(self.messages.len(), 0);
        assert!(self.lanes.audit().is_empty(), "lanes leak");
        assert_eq!(self.keys.audit().len(), 0, "keys leak");
        assert_eq!(self.targets.audit().len(), 1, "targets leak");
        assert!(self.dedup.audit().is_empty(), "keys of messages leak");
        assert!(self.timers.first().is_none(), "{:?}", self.timers);
        assert!(self.deliveries.is_empty() && self.replaced.is_empty());
        assert_eq!((self.bytes, self.cached, self.dying), (0, 0, 0));
    }

    fn audit_message(&self, slot: Slot) {
        let message = &self.messages[slot];
        let lane = self.lanes.lane(message.lane);
        let is_in_line = lane.line.iter().any(|turn| turn.2 == slot);
        let has_group = lane.likeness.group.is_some();
        let timers = &self.timers;
        match message.state {
            State::Waiting => assert!(is_in_line, "{message:?}"),
            State::Running(id) => {
                assert_eq!(is_in_line, has_group, "{message:?}");
                assert!(self.deliveries[&id].slots.contains(&slot));
            }
            State::Settling => assert_eq!(is_in_line, has_group, "{message:?}"),
            State::Later => {
                assert!(has_group || !is_in_line, "{message:?}");
                assert!(timers.has(message.at, Timer::Due(slot)));
            }
            State::Arriving | State::Leaving => assert!(has_group || !is_in_line),
        }
        let extras = message.extras.as_ref();
        if let Some(at) = extras.and_then(|extras| extras.expires_at)
            && matches!(message.state, State::Waiting | State::Later)
        {
            assert!(timers.has(UnixMs(at), Timer::Expire(slot)));
        }
    }

    fn audit_lanes(&self) {
        let mut counts = BTreeMap::<LaneIx, (usize, usize)>::new();
        for (_, message) in self.messages.iter() {
            let count = counts.entry(message.lane).or_default();
            count.0 += 1;
            let busy = matches!(message.state, State::Running(_) | State::Settling);
            count.1 += usize::from(busy);
        }
        for (ix, lane, messages) in self.lanes.audit() {
            let (counted, busy) = counts.remove(&ix).unwrap_or_default();
            assert_eq!(messages, counted, "{lane:?}");
            let has_group = lane.likeness.group.is_some();
            assert_eq!(lane.busy, if has_group { busy } else { 0 }, "{lane:?}");
            self.audit_place(ix, lane);
        }
        assert!(counts.is_empty(), "messages without a lane");
    }

    fn audit_place(&self, ix: LaneIx, lane: &Lane) {
        let first = lane.line.first().map(|(_, _, slot)| &self.messages[*slot]);
        let Some(first) = first.filter(|_| lane.busy == 0) else {
            assert_eq!(lane.place, Place::Out, "{lane:?}");
            return;
        };
        match lane.place {
            Place::Out => assert_ne!(first.state, State::Waiting, "{lane:?}"),
            Place::Listed(rank, id) => {
                assert_eq!((rank, id), (u8::MAX - first.priority, first.id));
            }
            Place::AtKey => {
                let key = self.keys.key(lane.key.expect("it waits for one"));
                assert!(key.parked.contains(&ix));
            }
            Place::AtTarget(target) => {
                let place = self.targets.place(target);
                assert_eq!(target, first.target);
                assert!(place.is_absent && place.parked.contains(&ix), "{lane:?}");
            }
            Place::Until(at) => assert!(self.timers.has(at, Timer::Lane(ix))),
        }
    }

    fn audit_limits(&self) {
        let lanes = self.lanes.audit();
        let mut keys = BTreeMap::<_, usize>::new();
        let mut targets = BTreeMap::<_, usize>::new();
        for (_, message) in self.messages.iter() {
            *targets.entry(message.target).or_default() += 1;
            if let Some(key) = self.lanes.lane(message.lane).key {
                *keys.entry(key).or_default() += 1;
            }
        }
        for (ix, key, messages) in self.keys.audit() {
            assert_eq!(messages, keys.remove(&ix).unwrap_or_default(), "{key:?}");
            let running = self.deliveries.values().filter(|it| it.key == Some(ix));
            assert_eq!(key.running as usize, running.count());
            let at_key =
                |it: &&(LaneIx, &Lane, usize)| it.1.key == Some(ix) && it.1.place == Place::AtKey;
            let parked: BTreeSet<LaneIx> = lanes.iter().filter(at_key).map(|it| it.0).collect();
            assert_eq!(key.parked, parked);
            let is_listed = |it: &(LaneIx, &Lane, usize)| {
                it.1.key == Some(ix) && matches!(it.1.place, Place::Listed(..))
            };
            let goes_on = self.keys.is_full(ix, &self.settings) || lanes.iter().any(is_listed);
            assert!(parked.is_empty() || goes_on, "nobody lets go on {key:?}");
        }
        for (ix, place, messages) in self.targets.audit() {
            assert_eq!(messages, targets.remove(&ix).unwrap_or_default());
            for lane in &place.parked {
                assert_eq!(self.lanes.lane(*lane).place, Place::AtTarget(ix));
            }
        }
        assert!(keys.is_empty() && targets.is_empty());
    }

    fn audit_timers(&self) {
        for (at, timer) in self.timers.all() {
            match timer {
                Timer::Due(slot) => {
                    let message = &self.messages[slot];
                    assert_eq!((message.state, message.at), (State::Later, at));
                }
                Timer::Expire(slot) => {
                    let extras = self.messages[slot].extras.as_ref();
                    let expires_at = extras.and_then(|extras| extras.expires_at);
                    assert_eq!(expires_at, Some(at.0));
                }
                Timer::Lane(lane) => {
                    assert_eq!(self.lanes.lane(lane).place, Place::Until(at));
                }
                Timer::Lease(id) => assert!(self.deliveries.contains_key(&id)),
                Timer::Kept(id) => assert!(self.dedup.kept(id).is_some()),
                Timer::Key(_) | Timer::Rate | Timer::Probe => {}
            }
        }
        let leases = self.timers.all();
        let leases = leases.filter(|(_, timer)| matches!(timer, Timer::Lease(_)));
        assert_eq!(leases.count(), self.deliveries.len(), "one lease each");
        for (id, kept) in self.dedup.all_kept() {
            assert!(self.timers.has(kept.until, Timer::Kept(*id)));
        }
    }
}
