//! The file, and who may do what with it.

mod failure;
mod folder;
mod layers;
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
pub(crate) use layers::{Draft, Found, Table, View};
pub(crate) use tables::Tables;

use folder::Lock;
use iii_ports::Reply;
use line::{Answer, Job, Line, Refused};
use medium::{Files, Medium};
use parking_lot::RwLock;
use std::convert::Infallible;
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
        Self::start(Box::new(files), options, Some(lock))
    }

    fn start(
        medium: Box<dyn Medium>,
        options: Options,
        lock: Option<Lock>,
    ) -> Result<Self, OpenError> {
        let shared = Arc::new(Shared {
            view: RwLock::default(),
            line: Line::new(options.queue_max),
        });
        let writer = writer::start(Arc::clone(&shared), medium, options)?;
        Ok(Self {
            shared,
            writer: Some(writer),
            _lock: lock,
        })
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
