//! Copies of a store, made while it is used, and stores made of them.

use super::check::{self, CheckError};
use super::checkpoint;
use super::files;
use super::folder::{self, Lock};
use super::layers::{self, Copied};
use super::medium::Files;
use super::{Failure, OpenError, Options, Store};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// What a backup has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backup {
    /// Keys of all tables of the store.
    pub entries: u64,
    /// Bytes of them and their values.
    pub bytes: u64,
}

/// A backup could not be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BackupError {
    /// There is a store already.
    #[error("`{0}` holds a store")]
    Exists(PathBuf),
    /// The folder cannot be used.
    #[error("cannot use `{path}`: {error}")]
    Folder {
        /// What could not be used.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The store cannot be read, or the backup not be written.
    #[error("the backup failed: {0}")]
    Failed(String),
}

impl From<Failure> for BackupError {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure.to_string())
    }
}

impl From<OpenError> for BackupError {
    fn from(error: OpenError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// A store could not be made of a backup.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// There is a store already; it is left alone.
    #[error("`{0}` holds a store")]
    Exists(PathBuf),
    /// The backup is not sound.
    #[error("the backup cannot be used: {0}")]
    Backup(#[from] CheckError),
    /// The folder cannot be used.
    #[error("cannot use `{path}`: {error}")]
    Folder {
        /// What could not be used.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Another process owns the folder.
    #[error("{0}")]
    InUse(OpenError),
}

impl Store {
    /// Copies the store as it is at this moment into another folder, which is made, while it goes
    /// on being used. Needs some megabytes of memory; what is removed from the store meanwhile
    /// keeps its place in the data file until the copy is done.
    ///
    /// The folder is a store itself: it can be opened, checked, moved and copied. It is one only
    /// when this has ended: what was left half made is not taken for one.
    ///
    /// # Errors
    /// The folder holds a store already, or one of the two disks fails.
    pub fn backup(&self, to: &Path) -> Result<Backup, BackupError> {
        let unusable = |error| BackupError::Folder {
            path: to.to_owned(),
            error,
        };
        std::fs::create_dir_all(to).map_err(unusable)?;
        let path = folder::data(to);
        if path.try_exists().map_err(unusable)? {
            return Err(BackupError::Exists(to.to_owned()));
        }
        let view = self.shared.view()?;
        let files = Files::new(to, &Options::default());
        let (unfinished, database) = files.begin()?;
        let Copied { entries, bytes } = layers::copy(&view, &database)?;
        checkpoint::forget_journal(&database)?;
        drop(database);
        files::publish(&unfinished, &path).map_err(unusable)?;
        Ok(Backup { entries, bytes })
    }
}

/// Makes a store of a backup that [`Store::backup`] has written, after a look at all of it.
///
/// # Errors
/// The backup is not sound, or the folder holds a store or cannot be used.
pub fn restore(backup: &Path, folder: &Path) -> Result<(), RestoreError> {
    check::check(backup)?;
    let _lock = Lock::take(folder).map_err(RestoreError::InUse)?;
    let unusable = |error| RestoreError::Folder {
        path: folder.to_owned(),
        error,
    };
    let path = folder::data(folder);
    let has_journal = folder::journal(folder).try_exists().map_err(unusable)?;
    if has_journal || path.try_exists().map_err(unusable)? {
        return Err(RestoreError::Exists(folder.to_owned()));
    }
    let unfinished = path.with_extension("unfinished");
    std::fs::copy(folder::data(backup), &unfinished)
        .and_then(|_| files::publish(&unfinished, &path))
        .map_err(unusable)
}
