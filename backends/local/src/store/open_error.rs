//! Why a folder cannot be opened.

use super::Failure;
use super::journal::Damage;
use redb::{DatabaseError, StorageError};
use std::path::PathBuf;
use thiserror::Error;

/// Why a folder cannot be opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process owns it.
    #[error("`{folder}` is in use by another process{owner}")]
    InUse {
        /// The folder.
        folder: PathBuf,
        /// Its process id, as far as it left it there: ` (pid 7)`.
        owner: String,
    },
    /// The folder cannot be made, or its lock cannot be taken.
    #[error("cannot use `{path}`: {error}")]
    Folder {
        /// What could not be used.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A newer version of iii wrote it.
    #[error("the data has format {found}, this version knows up to {known}")]
    Newer {
        /// The format of the data.
        found: u64,
        /// The newest format this version knows.
        known: u64,
    },
    /// The file is damaged, or the disk fails.
    #[error("the data cannot be opened: {0}")]
    Data(String),
    /// Something that was written is not there any more.
    #[error("{0}")]
    Damaged(String),
    /// The system starts no thread.
    #[error("cannot start the writer: {0}")]
    Thread(std::io::Error),
}

impl From<Failure> for OpenError {
    fn from(failure: Failure) -> Self {
        Self::Data(failure.to_string())
    }
}

impl From<Damage> for OpenError {
    fn from(damage: Damage) -> Self {
        match damage {
            Damage::Io(error) => Self::Data(error.to_string()),
            other => Self::Damaged(other.to_string()),
        }
    }
}

impl OpenError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::InUse { .. } => "stop the other engine, or give this one a `data_dir` of its own",
            Self::Folder { .. } => "check that the folder may be written, or set `data_dir`",
            Self::Newer { .. } => "start a version that is at least as new as the data",
            Self::Damaged(_) => "restore a backup",
            Self::Data(_) => "restore a backup, or set `data_dir` to begin anew",
            Self::Thread(_) => "raise the limit of threads of this user",
        }
    }

    pub(super) fn of(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Storage(StorageError::Corrupted(what)) => {
                Self::Damaged(format!("the data file is damaged: {what}"))
            }
            error => Self::Data(error.to_string()),
        }
    }

    pub(super) fn data(error: impl Into<redb::Error>) -> Self {
        Self::Data(error.into().to_string())
    }
}
