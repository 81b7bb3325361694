//! The bounds of WebSocket connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The bounds of the connections of one engine or client, shared by all of them.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Largest message that is assembled, in bytes; a larger one is skipped and reported.
    pub message_bytes_max: usize,
    /// Most bytes of one message that are skipped before the connection is closed with 1009.
    pub skip_bytes_max: usize,
    /// Memory for unfinished messages, shared by all connections.
    pub assembly: Arc<AssemblyBudget>,
}

impl Default for Limits {
    fn default() -> Self {
        let limits = iii_protocol::Limits::DEFAULT;
        Self {
            message_bytes_max: limits.message_bytes_max,
            skip_bytes_max: limits.skip_bytes_max,
            assembly: Arc::new(AssemblyBudget::new(limits.assembly_bytes_max)),
        }
    }
}

/// How many bytes of unfinished messages may be held at once.
#[derive(Debug)]
pub struct AssemblyBudget {
    bytes_max: u64,
    bytes: AtomicU64,
}

impl AssemblyBudget {
    /// A budget of `bytes_max`.
    #[must_use]
    pub const fn new(bytes_max: usize) -> Self {
        Self {
            bytes_max: bytes_max as u64,
            bytes: AtomicU64::new(0),
        }
    }

    /// Bytes held right now.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    fn reserve(&self, bytes: u64) -> bool {
        let before = self.bytes.fetch_add(bytes, Ordering::Relaxed);
        let granted = before.saturating_add(bytes) <= self.bytes_max;
        if !granted {
            self.release(bytes);
        }
        granted
    }

    fn release(&self, bytes: u64) {
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// One message's share of the budget, given back on drop.
pub(super) struct Reservation {
    budget: Arc<AssemblyBudget>,
    bytes: u64,
}

impl Reservation {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            budget: Arc::clone(&limits.assembly),
            bytes: 0,
        }
    }

    /// Makes the share at least `bytes`; false when the budget does not allow it.
    pub(super) fn grow_to(&mut self, bytes: u64) -> bool {
        let more = bytes.saturating_sub(self.bytes);
        let granted = more == 0 || self.budget.reserve(more);
        if granted {
            self.bytes = self.bytes.max(bytes);
        }
        granted
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.budget.release(self.bytes);
    }
}
