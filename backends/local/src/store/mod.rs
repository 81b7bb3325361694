//! The file, and who may do what with it.

mod backup;
mod check;
mod checkpoint;
mod clock;
mod core;
mod fail_point;
mod failure;
mod files;
mod folder;
mod held;
mod journal;
mod layers;
mod line;
mod medium;
mod open_error;
mod options;
#[cfg(test)]
mod power;
mod tables;
mod writer;

pub use backup::{Backup, BackupError, RestoreError, restore};
pub use check::{CheckError, Checked, check};
pub use fail_point::FailPoint;
pub use open_error::OpenError;
pub use options::{Acknowledge, Options, Unflushed};

pub(crate) use failure::Failure;
pub(crate) use layers::{Draft, Found, Table, View};
pub(crate) use tables::Tables;

use folder::Lock;
use iii_ports::{Durability, Reply};
use line::{Answer, Job, Line, Refused};
use medium::{Files, Medium};
use parking_lot::RwLock;
use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
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
    durability: Durability,
    /// Given back last.
    _lock: Option<Lock>,
}

/// How a store is run, and what only tests run otherwise.
#[derive(Clone, Debug)]
struct Settings {
    options: Options,
    /// Checkpoints are written by the writer itself, so that every history can be repeated.
    is_inline: bool,
    /// How long after a failed checkpoint the next one is tried.
    retry_after: Duration,
}

/// A full disk is not asked at every write whether it still is.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// What the writer and everybody else share.
pub(crate) struct Shared {
    /// What is acknowledged. `None` while the file is opened anew after a failure, and when the
    /// store is closed.
    view: RwLock<Option<Arc<View>>>,
    line: Line,
}

impl Store {
    /// Opens a folder, and makes it where it is missing.
    ///
    /// # Errors
    /// Another process owns the folder, it cannot be used, or it was written by a newer version.
    pub fn open(folder: &Path, options: Options) -> Result<Self, OpenError> {
        let lock = Lock::take(folder)?;
        let files = Files::new(folder, &options);
        let settings = Settings {
            options,
            is_inline: false,
            retry_after: RETRY_AFTER,
        };
        Self::start(Box::new(files), settings, Some(lock))
    }

    fn start(
        medium: Box<dyn Medium>,
        settings: Settings,
        lock: Option<Lock>,
    ) -> Result<Self, OpenError> {
        let durability = match settings.options.acknowledge {
            Acknowledge::Flushed => Durability::Durable,
            Acknowledge::Written { .. } => Durability::Relaxed,
        };
        let shared = Arc::new(Shared {
            view: RwLock::default(),
            line: Line::new(settings.options.queue_max),
        });
        let writer = writer::start(Arc::clone(&shared), medium, settings)?;
        Ok(Self {
            shared,
            writer: Some(writer),
            durability,
            _lock: lock,
        })
    }

    pub(crate) const fn durability(&self) -> Durability {
        self.durability
    }

    /// Reads what has been acknowledged.
    pub(crate) fn read<T>(&self, read: impl Fn(&View) -> Result<T, Failure>) -> Result<T, Failure> {
        let view = self.shared.view()?;
        match read(&view) {
            // The writer may have met the same failure and opened the file anew meanwhile.
            Err(_) if !Arc::ptr_eq(&view, &self.shared.view()?) => read(&*self.shared.view()?),
            read => read,
        }
    }

    /// Puts work in line for the writer; it takes its place before this returns. The answer comes
    /// when what it wrote is on the disk.
    pub(crate) fn write<T: Send + 'static, E: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tables) -> Answer<T, E> + Send + 'static,
    ) -> Result<oneshot::Receiver<Answer<T, E>>, Failure> {
        let (tell, told) = oneshot::channel();
        let job = Job::new(work, tell);
        match self.shared.line.join(job) {
            Ok(()) => Ok(told),
            Err(Refused::Full) => Err(Failure::Busy),
            Err(Refused::Closed) => Err(Failure::Closed),
        }
    }

    /// When everybody is served who is in line now.
    pub(crate) fn passed(&self) -> Reply<()> {
        match self.write::<_, Infallible>(|_| Ok(Ok(()))) {
            Ok(served) => Reply::later(async move {
                // However it went, nothing of that is in line any more.
                let _ = served.await;
            }),
            Err(_) => Reply::ready(()),
        }
    }
}

impl Shared {
    fn view(&self) -> Result<Arc<View>, Failure> {
        let view = self.view.read();
        view.as_ref()
            .map(Arc::clone)
            .ok_or_else(|| self.line.state())
    }

    fn publish(&self, view: Option<View>) {
        let view = view.map(Arc::new);
        // What was there is dropped when nobody waits for the lock any more.
        let _old = std::mem::replace(&mut *self.view.write(), view);
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
