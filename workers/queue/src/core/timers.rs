//! What happens by itself, and when.

#[cfg(test)]
mod audit;

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

/// There may be one for each of millions of waiting messages, so those stand by themselves in a
/// form that takes less.
#[derive(Debug, Default)]
pub(super) struct Timers {
    due: BTreeSet<(UnixMs, Slot)>,
    others: BTreeSet<(UnixMs, Timer)>,
}

impl Timers {
    pub(super) fn set(&mut self, at: UnixMs, timer: Timer) {
        match timer {
            Timer::Due(slot) => self.due.insert((at, slot)),
            timer => self.others.insert((at, timer)),
        };
    }

    pub(super) fn cancel(&mut self, at: UnixMs, timer: Timer) {
        match timer {
            Timer::Due(slot) => self.due.remove(&(at, slot)),
            timer => self.others.remove(&(at, timer)),
        };
    }

    pub(super) fn first(&self) -> Option<UnixMs> {
        let (due, other) = (self.due.first(), self.others.first());
        let (due, other) = (due.map(|it| it.0), other.map(|it| it.0));
        due.into_iter().chain(other).min()
    }

    /// Takes the next one whose instant has come.
    pub(super) fn pop(&mut self, now: UnixMs) -> Option<Timer> {
        let at = self.first().filter(|at| *at <= now)?;
        if self.due.first().is_some_and(|(due, _)| *due == at) {
            return self.due.pop_first().map(|(_, slot)| Timer::Due(slot));
        }
        self.others.pop_first().map(|(_, timer)| timer)
    }
}
