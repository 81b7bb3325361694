//! How often, and when, tests of crashes kill; and what they have seen.

use crate::env;
use std::fs::OpenOptions;
use std::io::Write;
use std::ops::Range;
use std::time::Duration;

/// How long an engine may take from its start until it listens, when it was killed under load: far
/// longer than it takes, because machines are busy.
pub const START_MAX: Duration = Duration::from_secs(10);

/// The deaths of one test. Their moments are random, from a seed: the same for every ordinary run,
/// another one for each of `cargo xtask crash`.
#[derive(Debug)]
pub struct Deaths {
    test: &'static str,
    planned: u64,
    random: u64,
    seen: u64,
    longest_start: Duration,
}

impl Deaths {
    /// So many deaths, unless `cargo xtask crash --deaths` wants others.
    ///
    /// # Panics
    /// What it wants is no number.
    pub fn of(test: &'static str, usual: u64) -> Self {
        let number = |name| {
            env::get(name).map(|text| match text.parse() {
                Ok(number) => number,
                Err(error) => panic!("`{name}` is `{text}`: {error}"),
            })
        };
        let seed: u64 = number(env::CRASH_SEED).unwrap_or(1);
        // Tests that begin with one seed do not kill at the same moments.
        let own = test.bytes().fold(seed, |seed, byte| {
            seed.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte)
        });
        Self {
            test,
            planned: number(env::CRASH_DEATHS).unwrap_or(usual),
            random: own,
            seen: 0,
            longest_start: Duration::ZERO,
        }
    }

    /// How many there are to be.
    pub const fn planned(&self) -> u64 {
        self.planned
    }

    /// A random number.
    ///
    /// # Panics
    /// The range is empty.
    pub fn pick(&mut self, range: Range<u64>) -> u64 {
        // splitmix64: any even spread will do.
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        range.start + (mixed ^ (mixed >> 31)) % (range.end - range.start)
    }

    /// Notes a death, and how long the engine took to be back.
    ///
    /// # Panics
    /// Longer than [`START_MAX`].
    pub fn survived(&mut self, started_in: Duration) {
        self.seen += 1;
        self.longest_start = self.longest_start.max(started_in);
        assert!(
            started_in <= START_MAX,
            "{}: {started_in:?} to start after death {}",
            self.test,
            self.seen
        );
    }
}

impl Drop for Deaths {
    /// Tells `cargo xtask crash`, also of a test that failed.
    fn drop(&mut self) {
        let Some(path) = env::get(env::CRASH_LOG) else {
            return;
        };
        let Self { test, seen, .. } = self;
        let start_ms = self.longest_start.as_millis();
        // One write of one line: tests append at the same time.
        let line = format!("{test}\t{seen}\t{start_ms}\n");
        let log = OpenOptions::new().create(true).append(true).open(&path);
        let written = log.and_then(|mut log| log.write_all(line.as_bytes()));
        if let Err(error) = written
            && !std::thread::panicking()
        {
            panic!("cannot write `{path}`: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_in_their_range_and_differ() {
        let mut deaths = Deaths::of("a", 3);
        let numbers: Vec<u64> = (0..100).map(|_| deaths.pick(5..50)).collect();
        assert!(numbers.iter().all(|number| (5..50).contains(number)));
        let other: Vec<u64> = (0..100)
            .map({
                let mut deaths = Deaths::of("b", 3);
                move |_| deaths.pick(5..50)
            })
            .collect();
        assert_ne!(numbers, other);
    }

    #[test]
    #[should_panic(expected = "to start after death 2")]
    fn a_slow_start_is_a_failure() {
        let mut deaths = Deaths::of("slow", 3);
        deaths.survived(START_MAX);
        deaths.survived(START_MAX + Duration::from_millis(1));
    }
}
