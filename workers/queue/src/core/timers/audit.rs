//! The timers as they are, for those who check them.

use super::{Timer, Timers};
use iii_ports::UnixMs;

impl Timers {
    pub(in super::super) fn all(&self) -> impl Iterator<Item = (UnixMs, Timer)> {
        let due = self.due.iter().map(|(at, slot)| (*at, Timer::Due(*slot)));
        due.chain(self.others.iter().copied())
    }

    pub(in super::super) fn has(&self, at: UnixMs, timer: Timer) -> bool {
        match timer {
            Timer::Due(slot) => self.due.contains(&(at, slot)),
            timer => self.others.contains(&(at, timer)),
        }
    }
}
