//! What can keep a store from doing what it is asked.

use redb::StorageError;
use std::io::ErrorKind;
use thiserror::Error;

/// What can keep a store from doing what it is asked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum Failure {
    /// It is closed, or being closed.
    #[error("it is closed")]
    Closed,
    /// Too much is in line.
    #[error("too many writes are waiting")]
    Busy,
    /// There is no room left on the medium.
    #[error("no room is left on the disk")]
    DiskFull,
    /// The medium failed.
    #[error("{0}")]
    Io(String),
}

impl Failure {
    pub(crate) fn of(error: impl Into<redb::Error>) -> Self {
        match error.into() {
            redb::Error::Io(error) if is_full(error.kind()) => Self::DiskFull,
            // What really happened was told to whoever met it.
            redb::Error::PreviousIo => Self::Io("the disk failed a moment ago".to_owned()),
            redb::Error::DatabaseClosed => Self::Closed,
            error => Self::Io(error.to_string()),
        }
    }

    pub(crate) fn io(error: std::io::Error) -> Self {
        Self::of(redb::Error::Io(error))
    }

    /// The data has what this version never writes.
    pub(crate) fn damaged(what: impl ToString) -> Self {
        Self::Io(format!("the data is damaged: {}", what.to_string()))
    }
}

fn is_full(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge
    )
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        Self::of(error)
    }
}

impl From<redb::TableError> for Failure {
    fn from(error: redb::TableError) -> Self {
        Self::of(error)
    }
}
