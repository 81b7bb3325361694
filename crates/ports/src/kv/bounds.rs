//! How much a store takes.

use std::fmt;

/// The limits of a store. What exceeds one is refused with an error that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Longest scope and longest key, in bytes.
    pub key_bytes_max: usize,
    /// Largest value, in bytes.
    pub value_bytes_max: usize,
    /// Most conditions, and most writes, of one batch.
    pub batch_items_max: usize,
    /// Most entries.
    pub entries_max: u64,
    /// Most bytes of scopes, keys and values together, with the store's own overhead per entry.
    pub bytes_max: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            key_bytes_max: 1024,
            value_bytes_max: 16 << 20,
            batch_items_max: 1024,
            entries_max: 10_000_000,
            bytes_max: 1 << 30,
        }
    }
}

/// Which limit a full store has reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FullOf {
    /// `entries_max`.
    Entries,
    /// `bytes_max`, or the room on the medium.
    Bytes,
}

impl fmt::Display for FullOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Entries => "entries_max",
            Self::Bytes => "bytes_max",
        })
    }
}
