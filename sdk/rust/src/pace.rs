//! Whether a function's handler may run in the connection's own task.

use std::time::Duration;

/// A handler that runs this long without waiting holds the connection up noticeably.
const SLOW: Duration = Duration::from_micros(200);
/// One that runs this long does so badly.
const VERY_SLOW: Duration = Duration::from_millis(10);

const SLOW_POINTS: u8 = 16;
const POINTS_MAX: u8 = 64;
/// Two slow runs close together: one alone may be the system's doing.
const TASK_POINTS: u8 = 2 * SLOW_POINTS - 4;

/// Remembers how long a handler's runs took before they ended or first waited.
#[derive(Default)]
pub(crate) struct Pace {
    points: u8,
    in_task: bool,
}

impl Pace {
    /// Whether the next run belongs into a task of its own.
    pub(crate) fn in_task(&self) -> bool {
        self.in_task
    }

    pub(crate) fn ran(&mut self, took: Duration) {
        self.points = if took > VERY_SLOW {
            POINTS_MAX
        } else if took > SLOW {
            self.points.saturating_add(SLOW_POINTS).min(POINTS_MAX)
        } else {
            self.points.saturating_sub(1)
        };
        // Between the two marks it stays as it is, so that it does not change with every run.
        if self.points >= TASK_POINTS {
            self.in_task = true;
        } else if self.points == 0 {
            self.in_task = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: Duration = Duration::from_micros(3);
    const LATE: Duration = Duration::from_millis(1);

    #[test]
    fn one_slow_run_is_forgiven_and_two_are_not() {
        let mut pace = Pace::default();
        pace.ran(LATE);
        assert!(!pace.in_task());
        pace.ran(QUICK);
        pace.ran(LATE);
        assert!(pace.in_task());
    }

    #[test]
    fn rare_slow_runs_change_nothing() {
        let mut pace = Pace::default();
        for _ in 0..10 {
            pace.ran(LATE);
            (0..20).for_each(|_| pace.ran(QUICK));
            assert!(!pace.in_task());
        }
    }

    #[test]
    fn a_very_slow_run_counts_at_once_and_many_quick_ones_make_up_for_it() {
        let mut pace = Pace::default();
        pace.ran(Duration::from_secs(1));
        assert!(pace.in_task());
        (0..63).for_each(|_| pace.ran(QUICK));
        assert!(pace.in_task());
        pace.ran(QUICK);
        assert!(!pace.in_task());
    }
}
