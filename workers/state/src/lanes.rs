//! Turns for updates: computing a value from the one before is only worth doing when nobody else
//! is doing the same with the same entry.

use crate::limits::UPDATE_LANES;
use iii_ports::kv::Address;
use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use tokio::sync::{Mutex, MutexGuard};

/// A fixed number of lanes that all entries share.
pub(crate) struct Lanes {
    hasher: RandomState,
    lanes: Vec<Mutex<()>>,
}

impl Default for Lanes {
    fn default() -> Self {
        let lanes = (0..UPDATE_LANES).map(|_| Mutex::new(())).collect();
        Self {
            hasher: RandomState::new(),
            lanes,
        }
    }
}

impl Lanes {
    /// Waits for the turn of these entries. Lanes are taken in one order by all, so nobody waits in
    /// a circle.
    pub(crate) async fn enter<'a>(
        &self,
        entries: impl Iterator<Item = &'a Address>,
    ) -> Vec<MutexGuard<'_, ()>> {
        let lanes: BTreeSet<usize> = entries.map(|at| self.lane(at)).collect();
        let mut turns = Vec::with_capacity(lanes.len());
        for lane in lanes {
            turns.push(self.lanes[lane].lock().await);
        }
        turns
    }

    fn lane(&self, at: &Address) -> usize {
        (self.hasher.hash_one(at) % self.lanes.len() as u64) as usize
    }
}
