//! What can go wrong, one enum per operation.

use super::EntryId;
use crate::kv::FullOf;
use crate::lease::Fence;
use thiserror::Error;

pub use crate::kv::ReadError;

/// A commit was refused; nothing of it was applied, except perhaps after [`CommitError::Io`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CommitError {
    /// Somebody with a newer lease has written: the caller owns nothing any more.
    #[error("the lease with fence {} is over: {} has written", .given.0, .newest.0)]
    Fenced {
        /// The commit's fence.
        given: Fence,
        /// The newest fence that has written.
        newest: Fence,
    },
    /// An update met no entry.
    #[error("log `{log}` has no entry {}", .id.0)]
    Missing {
        /// The log.
        log: String,
        /// The number.
        id: EntryId,
    },
    /// A name is longer than `name_bytes_max`.
    #[error("a log's name has {bytes} bytes, the limit `name_bytes_max` is {limit}")]
    NameTooLong {
        /// Its length.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// A head is larger than `head_bytes_max`.
    #[error("the head has {bytes} bytes, the limit `head_bytes_max` is {limit}")]
    HeadTooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// A body is larger than `body_bytes_max`.
    #[error("the body has {bytes} bytes, the limit `body_bytes_max` is {limit}")]
    BodyTooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// The commit has more changes than `changes_max`.
    #[error("the commit has {changes} changes, the limit `changes_max` is {limit}")]
    TooManyChanges {
        /// How many.
        changes: usize,
        /// The limit.
        limit: usize,
    },
    /// The store would grow beyond a limit.
    #[error("the store is full: `{0}` is reached")]
    Full(FullOf),
    /// Too many commits are in line.
    #[error("too many writes are waiting for the store")]
    Busy,
    /// The store has been closed.
    #[error("the store is closed")]
    Closed,
    /// The medium or the network failed; whether the commit was applied is unknown.
    #[error("the store cannot be written: {0}")]
    Io(String),
}

impl CommitError {
    /// Whether the same call may succeed later.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Full(_) | Self::Busy | Self::Io(_))
    }
}
