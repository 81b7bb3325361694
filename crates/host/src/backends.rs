//! Where workers keep what they are given.

/// The outside systems of one engine. They outlive every worker, so that a worker with new
/// settings finds what the old one left.
#[derive(Clone)]
pub struct Backends {}

impl Backends {
    /// Everything in memory: gone when the process ends.
    pub fn in_memory() -> Self {
        Self {}
    }
}
