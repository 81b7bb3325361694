//! The bounded table of all buckets.
//!
//! A bucket is one number (the generic cell rate algorithm): the moment at which it will be full
//! again. Two generations of a map stand for "least recently used": what is used moves to the young
//! one; when that has its share the old one is dropped at once. Every operation is O(1).

use parking_lot::Mutex;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::time::Duration;

/// Independent parts of the table, so that callers rarely wait for each other.
const SHARDS: usize = 16;

/// How one kind of bucket fills.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    /// Time in which one request is earned.
    pub(crate) interval: Duration,
    /// Requests that fit.
    pub(crate) burst: u32,
}

/// What a bucket said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Level {
    pub(crate) allowed: bool,
    /// Requests left at once.
    pub(crate) left: u32,
    /// Until the bucket is full.
    pub(crate) full_in: Duration,
    /// Until the next request is allowed; zero if it is now.
    pub(crate) next_in: Duration,
}

/// Identifies a bucket: 128 bits of two keyed hashes, so that nobody can choose one that another
/// uses, and a long header costs no memory.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key(u64, u64);

/// All buckets of a worker.
pub(crate) struct Buckets {
    shards: Vec<Mutex<Generations>>,
    hashers: [RandomState; 2],
}

struct Generations {
    young: HashMap<Key, Duration>,
    old: HashMap<Key, Duration>,
    /// Most entries of one generation.
    entries_max: usize,
}

impl Buckets {
    /// A table of at most about `keys_max` buckets.
    pub(crate) fn new(keys_max: usize) -> Self {
        let entries_max = (keys_max / SHARDS / 2).max(1);
        let shard = || {
            Mutex::new(Generations {
                young: HashMap::new(),
                old: HashMap::new(),
                entries_max,
            })
        };
        Self {
            shards: std::iter::repeat_with(shard).take(SHARDS).collect(),
            hashers: [RandomState::new(), RandomState::new()],
        }
    }

    /// The key of whatever tells callers apart.
    pub(crate) fn key(&self, of: impl Hash) -> Key {
        Key(self.hashers[0].hash_one(&of), self.hashers[1].hash_one(&of))
    }

    /// Takes one request out of a bucket, if it has one.
    pub(crate) fn take(&self, key: Key, rate: Rate, now: Duration) -> Level {
        let shard = &self.shards[key.0 as usize % SHARDS];
        let mut generations = shard.lock();
        let full_at = generations.get(key).unwrap_or_default().max(now);
        let level = rate.level(full_at, now);
        if level.allowed {
            generations.put(key, full_at + rate.interval);
        }
        level
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        let len = |shard: &Mutex<Generations>| {
            let generations = shard.lock();
            generations.young.len() + generations.old.len()
        };
        self.shards.iter().map(len).sum()
    }
}

impl Rate {
    fn level(self, full_at: Duration, now: Duration) -> Level {
        let room = self.interval * self.burst;
        let debt = full_at.saturating_sub(now);
        let after = debt + self.interval;
        let allowed = after <= room;
        let owed = if allowed { after } else { debt };
        let left = room.saturating_sub(owed).as_nanos() / self.interval.as_nanos().max(1);
        Level {
            allowed,
            left: u32::try_from(left).unwrap_or(u32::MAX),
            full_in: owed,
            next_in: after.saturating_sub(room),
        }
    }
}

impl Generations {
    fn get(&mut self, key: Key) -> Option<Duration> {
        let found = self.young.get(&key).or_else(|| self.old.get(&key));
        found.copied()
    }

    fn put(&mut self, key: Key, full_at: Duration) {
        self.old.remove(&key);
        if self.young.len() >= self.entries_max && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, full_at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_bucket_empties_and_refills() {
        let buckets = Buckets::new(100);
        let rate = Rate {
            interval: SECOND,
            burst: 3,
        };
        let key = buckets.key("a");
        let take = |seconds| buckets.take(key, rate, SECOND * seconds);
        for left in [2, 1, 0] {
            let level = take(10);
            assert_eq!((level.allowed, level.left), (true, left));
        }
        let refused = take(10);
        assert!(!refused.allowed);
        assert_eq!((refused.next_in, refused.full_in), (SECOND, 3 * SECOND));
        // A refusal takes nothing.
        assert!(take(11).allowed);
        assert!(!take(11).allowed);
        assert_eq!(take(100).left, 2);
        let other = buckets.key("b");
        assert!(buckets.take(other, rate, SECOND * 10).allowed);
    }

    #[test]
    fn the_table_is_bounded_and_keeps_whom_it_sees_often() {
        let buckets = Buckets::new(320);
        let rate = Rate {
            interval: SECOND,
            burst: 1_000_000,
        };
        let busy = buckets.key("busy");
        let mut left = u32::MAX;
        for n in 0..100_000_u32 {
            buckets.take(buckets.key(n), rate, SECOND);
            if n % 10 == 0 {
                let level = buckets.take(busy, rate, SECOND);
                assert!(level.left < left, "the busy key was forgotten");
                left = level.left;
            }
        }
        assert!(buckets.len() <= 320, "{}", buckets.len());
    }
}
