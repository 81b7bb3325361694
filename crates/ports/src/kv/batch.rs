//! What is asked of a commit or a sweep, and what it answers.

use super::{Address, Bounds, CommitError, Entry, Version};
use crate::UnixMs;
use bytes::Bytes;

/// Writes that are applied together, in order, if every condition holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// All look at the store as it was before the batch.
    pub conditions: Vec<Condition>,
    /// Applied in order; several may go to the same entry.
    pub writes: Vec<Write>,
}

/// An entry must have this version; [`Version::ABSENT`] means that it must not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The entry looked at.
    pub at: Address,
    /// The version it must have.
    pub version: Version,
}

/// One write of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// Puts a value, whatever is there.
    Put {
        /// Where.
        at: Address,
        /// What.
        value: Bytes,
        /// When the entry ceases to exist; `None` is never, also for an entry that had an instant.
        expires_at: Option<UnixMs>,
    },
    /// Removes an entry, if there is one.
    Delete {
        /// Where.
        at: Address,
    },
}

impl Batch {
    /// Refuses what is too large for a store of these bounds, whatever it holds.
    ///
    /// # Errors
    /// [`CommitError::BatchTooLarge`], [`CommitError::KeyTooLong`] or
    /// [`CommitError::ValueTooLarge`], whichever is met first.
    pub fn check_sizes(&self, bounds: &Bounds) -> Result<(), CommitError> {
        let items = self.conditions.len().max(self.writes.len());
        if items > bounds.batch_items_max {
            return Err(CommitError::BatchTooLarge {
                items,
                limit: bounds.batch_items_max,
            });
        }
        for write in &self.writes {
            check_address(write.at(), bounds)?;
            if let Write::Put { value, .. } = write
                && value.len() > bounds.value_bytes_max
            {
                let (bytes, limit) = (value.len(), bounds.value_bytes_max);
                return Err(CommitError::ValueTooLarge { bytes, limit });
            }
        }
        self.conditions
            .iter()
            .try_for_each(|condition| check_address(&condition.at, bounds))
    }
}

fn check_address(at: &Address, bounds: &Bounds) -> Result<(), CommitError> {
    let bytes = at.scope.len().max(at.key.len());
    if bytes > bounds.key_bytes_max {
        return Err(CommitError::KeyTooLong {
            bytes,
            limit: bounds.key_bytes_max,
        });
    }
    Ok(())
}

impl Write {
    /// Where the write goes.
    #[must_use]
    pub fn at(&self) -> &Address {
        match self {
            Self::Put { at, .. } | Self::Delete { at } => at,
        }
    }
}

/// A batch that was applied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// One per write, in the batch's order.
    pub outcomes: Vec<Outcome>,
}

/// What one write of a batch did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The version this write took; [`Version::ABSENT`] for a delete that had nothing to remove.
    pub version: Version,
    /// What was there just before.
    pub old: Option<Entry>,
    /// An expired entry that no sweep had removed yet and that this write removed.
    pub lapsed: Option<Entry>,
}

/// What a sweep did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// The expired entries, now gone, earliest first.
    pub removed: Vec<Removed>,
    /// The earliest instant of the entries that are left; may have come already if the sweep ended
    /// at its limit.
    pub next: Option<UnixMs>,
}

/// An entry that a sweep removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removed {
    /// Where it was.
    pub at: Address,
    /// What it was.
    pub entry: Entry,
}
