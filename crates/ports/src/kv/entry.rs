//! What is stored, and where.

use crate::UnixMs;
use bytes::Bytes;

/// Where an entry lives.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The group of entries that are listed together.
    pub scope: String,
    /// The name within the scope.
    pub key: String,
}

impl Address {
    /// An address from its two parts.
    pub fn new(scope: impl Into<String>, key: impl Into<String>) -> Self {
        Self {
            scope: scope.into(),
            key: key.into(),
        }
    }
}

/// The number of the write that made an entry what it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub u64);

impl Version {
    /// The version of an entry that does not exist.
    pub const ABSENT: Self = Self(0);
}

/// One stored value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The bytes as they were given.
    pub value: Bytes,
    /// The write that put them there.
    pub version: Version,
    /// When the entry ceases to exist; `None` is never.
    pub expires_at: Option<UnixMs>,
}

impl Entry {
    /// Whether the entry still exists at `now`.
    #[must_use]
    pub fn is_live(&self, now: UnixMs) -> bool {
        self.expires_at.is_none_or(|at| now < at)
    }
}
