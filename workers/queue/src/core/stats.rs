//! Counts of a queue since the worker started, and rates of the last minute.

use iii_ports::UnixMs;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Enqueued,
    Completed,
    Failed,
    Died,
}

/// Kinds of events.
const KINDS: usize = 4;
/// Seconds of a rate.
const SPAN: u64 = 60;

/// Counts.
#[derive(Clone, Debug)]
pub(crate) struct Stats {
    totals: [u64; KINDS],
    seconds: [[u32; KINDS]; SPAN as usize],
    second: u64,
}

impl Default for Stats {
    fn default() -> Self {
        Self {
            totals: [0; KINDS],
            seconds: [[0; KINDS]; SPAN as usize],
            second: 0,
        }
    }
}

impl Stats {
    pub(crate) fn note(&mut self, event: Event, now: UnixMs) {
        self.advance(now);
        self.totals[event as usize] += 1;
        self.seconds[(self.second % SPAN) as usize][event as usize] += 1;
    }

    pub(crate) fn total(&self, event: Event) -> u64 {
        self.totals[event as usize]
    }

    /// Events a second, over the last minute.
    pub(crate) fn rate(&mut self, event: Event, now: UnixMs) -> f64 {
        self.advance(now);
        let sum: u32 = self
            .seconds
            .iter()
            .map(|second| second[event as usize])
            .sum();
        f64::from(sum) / SPAN as f64
    }

    fn advance(&mut self, now: UnixMs) {
        let second = now.0 / 1000;
        let passed = second.saturating_sub(self.second).min(SPAN);
        for step in 1..=passed {
            self.seconds[((self.second + step) % SPAN) as usize] = [0; KINDS];
        }
        if passed == SPAN {
            self.seconds = [[0; KINDS]; SPAN as usize];
        }
        self.second = self.second.max(second);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_forget_what_is_older_than_a_minute() {
        let mut stats = Stats::default();
        for second in 0..120 {
            stats.note(Event::Enqueued, UnixMs(second * 1000));
        }
        let now = UnixMs(119_000);
        assert!((stats.rate(Event::Enqueued, now) - 1.0).abs() < 1e-9);
        assert!((stats.rate(Event::Enqueued, UnixMs(148_999)) - 31.0 / 60.0).abs() < 1e-9);
        assert!(stats.rate(Event::Enqueued, UnixMs(1_000_000)) < 1e-9);
        assert_eq!(stats.total(Event::Enqueued), 120);
    }
}
