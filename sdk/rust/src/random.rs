//! Random numbers that need no secrecy: trace ids, call numbers' prefix, jitter.

use std::sync::atomic::{AtomicU64, Ordering};

/// A lock-free generator (SplitMix64), seeded by the system.
pub(crate) struct Random {
    state: AtomicU64,
}

impl Random {
    pub(crate) fn from_system() -> Self {
        // A system without randomness gets predictable trace ids, which hurts nobody.
        let seed = getrandom::u64().unwrap_or_else(|_| u64::from(std::process::id()));
        Self {
            state: AtomicU64::new(seed),
        }
    }

    pub(crate) fn next(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut bits = self
            .state
            .fetch_add(STEP, Ordering::Relaxed)
            .wrapping_add(STEP);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    pub(crate) fn next_u128(&self) -> u128 {
        (u128::from(self.next()) << 64) | u128::from(self.next())
    }
}
