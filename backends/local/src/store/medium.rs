//! Where the file really is.

use super::files::{self, OneFile, Segments, sync_folder};
use super::held::{HeldFile, HeldShelf};
use super::journal::Shelf;
use super::options::Unflushed;
use super::{OpenError, Options, folder, tables};
use redb::Database;
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Opens the file, and opens it anew after the disk has failed.
pub(super) trait Medium: Send {
    /// Opens it; one that is not there is made with the tables of this version, entirely or not
    /// at all.
    ///
    /// # Errors
    /// It cannot be opened, repaired or made.
    fn open(&self) -> Result<Database, OpenError>;

    /// Forgets what of the file is in memory but for what is still to be written: after a failed
    /// flush the system shows pages that the disk never got.
    fn forget(&self);

    /// The files of the journal.
    ///
    /// # Errors
    /// They cannot be reached.
    fn shelf(&self) -> Result<Box<dyn Shelf>, OpenError>;
}

/// Files of a file system.
pub(super) struct Files {
    path: PathBuf,
    journal: PathBuf,
    cache_bytes: usize,
    unflushed: Unflushed,
}

impl Files {
    pub(super) fn new(folder: &Path, options: &Options) -> Self {
        Self {
            path: folder::data(folder),
            journal: folder::journal(folder),
            cache_bytes: options.cache_bytes,
            unflushed: options.unflushed,
        }
    }
}

impl Medium for Files {
    fn open(&self) -> Result<Database, OpenError> {
        if !self
            .path
            .try_exists()
            .map_err(|error| self.unusable(error))?
        {
            self.make()?;
        }
        match self.unflushed {
            Unflushed::System => self.builder().open(&self.path).map_err(OpenError::of),
            Unflushed::Held => self.open_held(),
        }
    }

    #[cfg(target_os = "linux")]
    fn forget(&self) {
        use rustix::fs::{Advice, fadvise};
        let forgotten =
            File::open(&self.path).and_then(|file| Ok(fadvise(&file, 0, None, Advice::DontNeed)?));
        if let Err(error) = forgotten {
            tracing::warn!(%error, "store.pages_kept");
        }
    }

    /// Other systems write such pages again, or have no such call.
    #[cfg(not(target_os = "linux"))]
    fn forget(&self) {}

    fn shelf(&self) -> Result<Box<dyn Shelf>, OpenError> {
        let made = match std::fs::create_dir(&self.journal) {
            Ok(()) => self.journal.parent().map_or(Ok(()), sync_folder),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(error),
        };
        made.map_err(|error| OpenError::Folder {
            path: self.journal.clone(),
            error,
        })?;
        let segments = Segments {
            folder: self.journal.clone(),
        };
        Ok(match self.unflushed {
            Unflushed::System => Box::new(segments),
            Unflushed::Held => Box::new(HeldShelf(segments)),
        })
    }
}

impl Files {
    /// A file is made under another name: one that was left half made has never been there.
    fn make(&self) -> Result<(), OpenError> {
        let (unfinished, database) = self.begin()?;
        drop(database);
        files::publish(&unfinished, &self.path).map_err(|error| self.unusable(error))
    }

    /// Begins a file under another name.
    pub(super) fn begin(&self) -> Result<(PathBuf, Database), OpenError> {
        let unfinished = self.path.with_extension("unfinished");
        match std::fs::remove_file(&unfinished) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(self.unusable(error)),
            _ => {}
        }
        let database = self.builder().create(&unfinished).map_err(OpenError::of)?;
        tables::make(&database)?;
        Ok((unfinished, database))
    }

    /// The file with what is not flushed in memory. One that is being made is not held: until it
    /// has its name, nothing of it counts.
    fn open_held(&self) -> Result<Database, OpenError> {
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).open(&self.path);
        let held = file.and_then(|file| HeldFile::new(OneFile(file)));
        let held = held.map_err(|error| self.unusable(error))?;
        let database = self.builder().create_with_backend(held);
        database.map_err(OpenError::of)
    }

    fn builder(&self) -> redb::Builder {
        let mut builder = Database::builder();
        builder.set_cache_size(self.cache_bytes);
        builder.set_repair_callback(|repair| {
            let percent = (repair.progress() * 100.0).round();
            tracing::info!(percent, "store.repairing");
        });
        builder
    }

    fn unusable(&self, error: std::io::Error) -> OpenError {
        OpenError::Folder {
            path: self.path.clone(),
            error,
        }
    }
}
