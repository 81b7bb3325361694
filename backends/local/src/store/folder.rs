//! The folder, and who owns it.

use super::OpenError;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The name of the file that is locked.
const LOCK: &str = "LOCK";
/// The name of the data file.
const DATA: &str = "store.redb";
/// The folder of what that file does not have yet.
const JOURNAL: &str = "journal";

/// The path of the data of a folder.
pub(super) fn data(folder: &Path) -> PathBuf {
    folder.join(DATA)
}

/// The path of the journal of a folder.
pub(super) fn journal(folder: &Path) -> PathBuf {
    folder.join(JOURNAL)
}

/// A folder that nobody else may open. The system gives it back when the process ends, however it
/// ends.
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// # Errors
    /// Another process has it, or the folder cannot be made.
    pub(super) fn take(folder: &Path) -> Result<Self, OpenError> {
        let unusable = |path: &Path, error| OpenError::Folder {
            path: path.to_owned(),
            error,
        };
        std::fs::create_dir_all(folder).map_err(|error| unusable(folder, error))?;
        let path = folder.join(LOCK);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| unusable(&path, error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(OpenError::InUse {
                    folder: folder.to_owned(),
                    owner: owner(&mut file),
                });
            }
            Err(TryLockError::Error(error)) => return Err(unusable(&path, error)),
        }
        // For people: the lock is what counts.
        let note = |file: &mut File| {
            file.set_len(0)?;
            file.seek(SeekFrom::Start(0))?;
            writeln!(file, "{}", std::process::id())
        };
        note(&mut file).map_err(|error| unusable(&path, error))?;
        Ok(Self { _file: file })
    }
}

fn owner(file: &mut File) -> String {
    let mut text = String::new();
    match file.read_to_string(&mut text) {
        Ok(_) if !text.trim().is_empty() => format!(" (pid {})", text.trim()),
        _ => String::new(),
    }
}
