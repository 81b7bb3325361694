//! A wall clock that never goes back.

use std::sync::atomic::{AtomicU64, Ordering};

/// Milliseconds in which one is given back.
const GIVE_BACK_EVERY: u64 = 10;

/// What stands between the machine's clock, which may be set, and those who wait for an instant.
///
/// A clock that is set forward is followed at once. One that is set back is not: whoever waits for
/// the end of a pause of a second would wait for hours. The time goes on, slower by a tenth until
/// the machine's clock has caught up.
#[derive(Debug, Default)]
pub(super) struct Steady {
    /// What is added to the time since the start, in milliseconds.
    offset: AtomicU64,
    /// When something was given back last, in the time since the start.
    given_back_at: AtomicU64,
}

impl Steady {
    pub(super) const fn new() -> Self {
        Self {
            offset: AtomicU64::new(0),
            given_back_at: AtomicU64::new(0),
        }
    }

    /// The time, from the time since the start and what the machine's clock shows, all in
    /// milliseconds.
    pub(super) fn now(&self, since_start: u64, wall: u64) -> u64 {
        let offset = self.offset.load(Ordering::Acquire);
        let steady = since_start.saturating_add(offset);
        if wall >= steady {
            self.offset
                .fetch_max(wall.saturating_sub(since_start), Ordering::AcqRel);
            self.given_back_at.fetch_max(since_start, Ordering::AcqRel);
            return wall;
        }
        let last = self.given_back_at.load(Ordering::Acquire);
        let due = since_start.saturating_sub(last) / GIVE_BACK_EVERY;
        let back = due.min(steady - wall);
        if back == 0 {
            return steady;
        }
        // Whoever comes second gives nothing back.
        let turn = self.given_back_at.compare_exchange(
            last,
            since_start,
            Ordering::AcqRel,
            Ordering::Acquire,
        );
        if turn.is_err() {
            return steady;
        }
        self.offset.fetch_sub(back, Ordering::AcqRel);
        steady - back
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_forward_is_followed() {
        let steady = Steady::new();
        assert_eq!(steady.now(0, 1_000_000), 1_000_000);
        assert_eq!(steady.now(7, 1_000_007), 1_000_007);
        assert_eq!(steady.now(8, 5_000_000), 5_000_000);
        assert_eq!(steady.now(9, 5_000_001), 5_000_001);
    }

    #[test]
    fn a_clock_that_is_set_back_stops_nobody_and_is_met_again() {
        const HOUR: u64 = 3_600_000;
        let steady = Steady::new();
        let mut last = steady.now(0, 2 * HOUR);
        let (mut slowest, mut met) = (u64::MAX, None);
        for second in 1..=12 * 3600 {
            let since_start = second * 1000;
            // An hour back.
            let wall = HOUR + since_start;
            let now = steady.now(since_start, wall);
            slowest = slowest.min(now - last);
            last = now;
            if now == wall {
                met.get_or_insert(second);
            }
        }
        assert_eq!(slowest, 900, "of 1000 ms");
        assert_eq!(met, Some(10 * 3600), "after ten hours");
    }

    #[test]
    fn calls_in_quick_succession_never_go_back() {
        let steady = Steady::new();
        let mut last = steady.now(0, 10_000);
        for since_start in 1..2000 {
            let now = steady.now(since_start, 5_000 + since_start);
            assert!(now >= last, "{now} after {last}");
            last = now;
        }
        assert_eq!(last, 10_000 + 1999 - 199);
    }
}
