//! What an acknowledgement is worth.

/// What survives when a commit has been acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Nothing survives the end of the process.
    None,
    /// Survives the end of the process; a power loss may take the last commits.
    Relaxed,
    /// Survives power loss.
    Durable,
}
