//! The file, and who may do what with it.

mod failure;
mod folder;
mod line;
mod medium;
mod open_error;
mod options;
#[cfg(test)]
mod power;
mod tables;
mod writer;

pub use open_error::OpenError;
pub use options::Options;

pub(crate) use failure::Failure;
pub(crate) use tables::Tables;

use folder::Lock;
use line::{Job, Line, Refused};
use medium::{Files, Medium};
use parking_lot::RwLock;
use redb::{Database, ReadTransaction, ReadableDatabase};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// One folder of durable data. The ports are views of it that share its one writer, so that writes
/// of all of them share flushes.
///
/// ```
/// use iii_backend_local::{LocalKv, Options, Store};
/// use iii_ports::kv::{Bounds, Durability, Kv};
/// use std::sync::Arc;
///
/// let folder = tempfile::tempdir()?;
/// let store = Arc::new(Store::open(folder.path(), Options::default())?);
/// let kv = LocalKv::new(Arc::clone(&store), Bounds::default());
/// assert_eq!(kv.durability(), Durability::Durable);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Store {
    shared: Arc<Shared>,
    writer: Option<JoinHandle<()>>,
    /// Given back last.
    _lock: Option<Lock>,
}

/// What the writer and everybody else share.
pub(crate) struct Shared {
    /// `None` while it is opened anew after a failure, and when it is closed.
    database: RwLock<Option<Database>>,
    line: Line,
}

impl Store {
    /// Opens a folder, and makes it where it is missing. A file that was not closed in order is
    /// repaired first, which takes about two seconds a gigabyte.
    ///
    /// # Errors
    /// Another process owns the folder, it cannot be used, or it was written by a newer version.
    pub fn open(folder: &Path, options: Options) -> Result<Self, OpenError> {
        let lock = Lock::take(folder)?;
        let files = Files::new(folder, &options);
        Self::start(Box::new(files), &options, Some(lock))
    }

    fn start(
        medium: Box<dyn Medium>,
        options: &Options,
        lock: Option<Lock>,
    ) -> Result<Self, OpenError> {
        let database = medium.open()?;
        let parts = tables::load(&database)?;
        let shared = Arc::new(Shared {
            database: RwLock::new(Some(database)),
            line: Line::new(options.queue_max),
        });
        let writer = writer::spawn(Arc::clone(&shared), medium, parts, *options);
        let writer = writer.map_err(OpenError::Thread)?;
        Ok(Self {
            shared,
            writer: Some(writer),
            _lock: lock,
        })
    }

    /// Reads what has been acknowledged.
    pub(crate) fn read<T>(
        &self,
        read: impl FnOnce(&ReadTransaction) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let database = self.shared.database.read();
        let Some(database) = database.as_ref() else {
            return Err(self.shared.line.state());
        };
        read(&database.begin_read().map_err(Failure::of)?)
    }

    /// Puts work in line for the writer; it takes its place before this returns. The answer comes
    /// when what it wrote is on the disk.
    pub(crate) fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tables<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T, Failure>>, Failure> {
        let (tell, told) = oneshot::channel();
        let job = Job::new(work, tell);
        match self.shared.line.join(job) {
            Ok(()) => Ok(told),
            Err(Refused::Full) => Err(Failure::Busy),
            Err(Refused::Closed) => Err(Failure::Closed),
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.shared.line.close();
        if let Some(writer) = self.writer.take() {
            // A writer that panicked has told so already.
            let _ = writer.join();
        }
    }
}
