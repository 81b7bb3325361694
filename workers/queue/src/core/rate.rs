//! At most so many starts in any span of so long.

use iii_ports::UnixMs;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::time::Duration;

/// A limit on how often something starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Most starts in any span of `per_ms`, wherever it begins. From 1 to 100,000.
    #[schemars(range(min = 1, max = 100_000))]
    pub count: u32,
    /// The span, in milliseconds; at least 1.
    #[schemars(range(min = 1))]
    pub per_ms: u64,
}

/// The starts of the last span. Exact: an average would let through twice the count around a
/// pause, and whoever is behind a limit counts that.
#[derive(Debug, Default)]
pub(super) struct Starts(VecDeque<UnixMs>);

impl Starts {
    /// When the next start is allowed; not later than `now` if it is allowed now.
    pub(super) fn next(&self, rate: Rate) -> UnixMs {
        let count = rate.count as usize;
        match self.0.len().checked_sub(count) {
            None => UnixMs(0),
            Some(older) => self.0[older].after(Duration::from_millis(rate.per_ms)),
        }
    }

    /// Something starts.
    pub(super) fn note(&mut self, rate: Rate, now: UnixMs) {
        while self.0.len() >= rate.count as usize {
            self.0.pop_front();
        }
        self.0.push_back(now);
    }

    /// Whether nothing of it matters any more.
    pub(super) fn is_over(&self, rate: Rate, now: UnixMs) -> bool {
        let span = Duration::from_millis(rate.per_ms);
        self.0.back().is_none_or(|last| last.after(span) <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_span_holds_more_than_the_count() {
        let rate = Rate {
            count: 3,
            per_ms: 100,
        };
        let mut starts = Starts::default();
        let mut at = Vec::new();
        for now in (0..1000).map(UnixMs) {
            // Eager, with pauses: an average would be exceeded right after one.
            if now.0 % 250 < 200 && starts.next(rate) <= now {
                starts.note(rate, now);
                at.push(now.0);
            }
        }
        assert!(at.len() >= 20, "it does start things: {at:?}");
        for window in at.windows(4) {
            assert!(window[3] - window[0] >= 100, "{window:?}");
        }
    }

    #[test]
    fn a_smaller_count_takes_effect_at_once() {
        let mut starts = Starts::default();
        let wide = Rate {
            count: 3,
            per_ms: 100,
        };
        for now in [10, 20, 30] {
            starts.note(wide, UnixMs(now));
        }
        let narrow = Rate { count: 1, ..wide };
        assert_eq!(starts.next(narrow), UnixMs(130));
        assert_eq!(starts.next(wide), UnixMs(110));
        assert!(!starts.is_over(wide, UnixMs(129)));
        assert!(starts.is_over(wide, UnixMs(130)));
    }
}
