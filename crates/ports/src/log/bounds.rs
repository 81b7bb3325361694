//! How much a log store takes.

/// The limits of a log store. What exceeds one is refused with an error that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Longest name of a log, in bytes.
    pub name_bytes_max: usize,
    /// Largest head, in bytes.
    pub head_bytes_max: usize,
    /// Largest body, in bytes.
    pub body_bytes_max: usize,
    /// Most changes of one commit.
    pub changes_max: usize,
    /// Most entries of all logs.
    pub entries_max: u64,
    /// Most bytes of names, heads and bodies together, with the store's own overhead per entry.
    pub bytes_max: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            name_bytes_max: 1024,
            head_bytes_max: 64 << 10,
            body_bytes_max: 64 << 20,
            changes_max: 1024,
            entries_max: 50_000_000,
            bytes_max: 32 << 30,
        }
    }
}
