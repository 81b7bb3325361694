//! What can go wrong, one enum per operation.

use super::{Address, FullOf, Version};
use thiserror::Error;

/// A get or scan failed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReadError {
    /// The store has been closed.
    #[error("the store is closed")]
    Closed,
    /// The medium or the network failed.
    #[error("the store cannot be read: {0}")]
    Io(String),
}

impl ReadError {
    /// Whether the same call may succeed later.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Io(_))
    }
}

/// A commit was refused; nothing of it was applied, except perhaps after [`CommitError::Io`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CommitError {
    /// A condition does not hold.
    #[error(
        "`{}` in scope `{}` has version {}, not {}",
        .at.key, .at.scope, .actual.0, .expected.0
    )]
    Conflict {
        /// Which of the batch's conditions is the first that failed.
        condition: usize,
        /// The entry it looked at.
        at: Address,
        /// The version it asked for.
        expected: Version,
        /// The version that is there.
        actual: Version,
    },
    /// A scope or a key is longer than `key_bytes_max`.
    #[error("a scope or key has {bytes} bytes, the limit `key_bytes_max` is {limit}")]
    KeyTooLong {
        /// Its length.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// A value is larger than `value_bytes_max`.
    #[error("the value has {bytes} bytes, the limit `value_bytes_max` is {limit}")]
    ValueTooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// The batch has more conditions or writes than `batch_items_max`.
    #[error("the batch has {items} items, the limit `batch_items_max` is {limit}")]
    BatchTooLarge {
        /// How many.
        items: usize,
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
    /// The medium or the network failed; whether the batch was applied is unknown.
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

/// A sweep failed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SweepError {
    /// The store has been closed.
    #[error("the store is closed")]
    Closed,
    /// The medium or the network failed; the sweep may be repeated.
    #[error("the store cannot be swept: {0}")]
    Io(String),
}

impl SweepError {
    /// Whether the same call may succeed later.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Io(_))
    }
}
