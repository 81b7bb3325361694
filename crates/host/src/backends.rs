//! Where workers keep what they are given.

use iii_backend_memory::MemoryKv;
use iii_ports::kv::{Bounds, Kv};
use std::sync::Arc;

/// The outside systems of one engine. They outlive every worker, so that a worker with new
/// settings finds what the old one left.
#[derive(Clone)]
pub struct Backends {
    /// Key-value store of the `state` worker.
    pub kv: Arc<dyn Kv>,
}

impl Backends {
    /// Everything in memory: gone when the process ends.
    pub fn in_memory() -> Self {
        Self {
            kv: Arc::new(MemoryKv::new(Bounds::default())),
        }
    }
}
