//! What happens by itself, and when.

use super::ids::{DeliveryId, MessageId};
use super::keys::KeyIx;
use super::lanes::LaneIx;
use super::slab::Slot;
use iii_ports::UnixMs;
use std::collections::BTreeSet;

/// Something that happens at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// A message's time comes.
    Due(Slot),
    /// A message has waited too long.
    Expire(Slot),
    /// A lane can be looked at again.
    Lane(LaneIx),
    /// A key's rate may not matter any more.
    Key(KeyIx),
    /// The queue's rate lets something start.
    Rate,
    /// A delivery takes too long, or reports nothing.
    Lease(DeliveryId),
    /// A done message need not be remembered any more.
    Kept(MessageId),
    /// Functions that were absent are tried again.
    Probe,
}

#[derive(Debug, Default)]
pub(super) struct Timers(BTreeSet<(UnixMs, Timer)>);

impl Timers {
    pub(super) fn set(&mut self, at: UnixMs, timer: Timer) {
        self.0.insert((at, timer));
    }

    pub(super) fn cancel(&mut self, at: UnixMs, timer: Timer) {
        self.0.remove(&(at, timer));
    }

    pub(super) fn first(&self) -> Option<UnixMs> {
        self.0.first().map(|(at, _)| *at)
    }

    /// Takes the next one whose instant has come.
    pub(super) fn pop(&mut self, now: UnixMs) -> Option<Timer> {
        let (at, _) = self.0.first()?;
        if *at > now {
            return None;
        }
        self.0.pop_first().map(|(_, timer)| timer)
    }
}
