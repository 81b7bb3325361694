//! How much a log store takes.

use super::{Change, CommitError};

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

impl Bounds {
    /// Refuses what is too large for a store of these bounds, whatever it holds.
    ///
    /// # Errors
    /// [`CommitError::TooManyChanges`], [`CommitError::NameTooLong`], [`CommitError::HeadTooLarge`]
    /// or [`CommitError::BodyTooLarge`], whichever is met first.
    pub fn check_sizes(&self, changes: &[Change]) -> Result<(), CommitError> {
        let (count, limit) = (changes.len(), self.changes_max);
        if count > limit {
            let changes = count;
            return Err(CommitError::TooManyChanges { changes, limit });
        }
        changes.iter().try_for_each(|change| self.check(change))
    }

    fn check(&self, change: &Change) -> Result<(), CommitError> {
        let (head, body) = match change {
            Change::Put { head, body, .. } => (head.len(), body.len()),
            Change::Update { head, .. } => (head.len(), 0),
            Change::Remove { .. } => (0, 0),
        };
        let (bytes, limit) = (change.log().len(), self.name_bytes_max);
        if bytes > limit {
            return Err(CommitError::NameTooLong { bytes, limit });
        }
        let (bytes, limit) = (head, self.head_bytes_max);
        if bytes > limit {
            return Err(CommitError::HeadTooLarge { bytes, limit });
        }
        let (bytes, limit) = (body, self.body_bytes_max);
        if bytes > limit {
            return Err(CommitError::BodyTooLarge { bytes, limit });
        }
        Ok(())
    }
}
