//! The port for queued work.

mod apply;
mod check;
mod key;
mod read;
mod record;
mod tables;

pub(crate) use check::check;
pub(crate) use tables::{Counts, Tables};

use crate::Store;
use crate::store::{Failure, View};
use bytes::Bytes;
use iii_ports::kv::FullOf;
use iii_ports::lease::Fence;
use iii_ports::log::{Bounds, Change, CommitError, EntryId, Heads, Log, Names, ReadError};
use iii_ports::{Durability, Reply};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Durable logs of entries, in the same folder as everything else.
///
/// ```
/// use iii_backend_local::{LocalLog, Options, Store};
/// use iii_ports::Durability;
/// use iii_ports::log::{Bounds, Log};
/// use std::sync::Arc;
///
/// let folder = tempfile::tempdir()?;
/// let store = Arc::new(Store::open(folder.path(), Options::default())?);
/// let log = LocalLog::new(store, Bounds::default());
/// assert_eq!(log.durability(), Durability::Durable);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct LocalLog {
    store: Arc<Store>,
    bounds: Bounds,
    is_closed: AtomicBool,
}

impl LocalLog {
    /// The logs of a folder, with these limits.
    #[must_use]
    pub fn new(store: Arc<Store>, bounds: Bounds) -> Self {
        Self {
            store,
            bounds,
            is_closed: AtomicBool::new(false),
        }
    }

    fn read<T>(&self, read: impl Fn(&View) -> Result<T, Failure>) -> Reply<Result<T, ReadError>> {
        if self.is_closed.load(Ordering::Acquire) {
            return Reply::ready(Err(ReadError::Closed));
        }
        Reply::ready(self.store.read(read).map_err(read_error))
    }
}

impl Log for LocalLog {
    fn durability(&self) -> Durability {
        self.store.durability()
    }

    fn bounds(&self) -> Bounds {
        self.bounds
    }

    fn commit(&self, fence: Fence, changes: Vec<Change>) -> Reply<Result<(), CommitError>> {
        if let Err(error) = self.bounds.check_sizes(&changes) {
            return Reply::ready(Err(error));
        }
        if self.is_closed.load(Ordering::Acquire) {
            return Reply::ready(Err(CommitError::Closed));
        }
        let bounds = self.bounds;
        let work = move |tables: &mut crate::store::Tables| {
            apply::apply(&mut tables.log(), fence, changes, &bounds)
        };
        match self.store.write(work) {
            Ok(told) => Reply::later(async move {
                // The writer answers everybody, unless it panicked.
                let answer = told.await.unwrap_or(Err(Failure::Closed));
                answer.unwrap_or_else(|failure| Err(commit_error(failure)))
            }),
            Err(failure) => Reply::ready(Err(commit_error(failure))),
        }
    }

    fn heads(
        &self,
        log: &str,
        after: Option<EntryId>,
        limit: usize,
    ) -> Reply<Result<Heads, ReadError>> {
        self.read(|view| read::heads(view, log, after, limit))
    }

    fn bodies(&self, log: &str, ids: &[EntryId]) -> Reply<Result<Vec<Option<Bytes>>, ReadError>> {
        self.read(|view| read::bodies(view, log, ids))
    }

    fn names(&self, after: Option<&str>, limit: usize) -> Reply<Result<Names, ReadError>> {
        self.read(|view| read::names(view, after, limit))
    }

    /// Ends this port. The folder is closed when the last port and [`Store`] itself are dropped.
    fn close(&self) -> Reply<()> {
        self.is_closed.store(true, Ordering::Release);
        self.store.passed()
    }
}

fn read_error(failure: Failure) -> ReadError {
    match failure {
        Failure::Closed => ReadError::Closed,
        other => ReadError::Io(other.to_string()),
    }
}

fn commit_error(failure: Failure) -> CommitError {
    match failure {
        Failure::Closed => CommitError::Closed,
        Failure::Busy => CommitError::Busy,
        Failure::DiskFull => CommitError::Full(FullOf::Bytes),
        other @ Failure::Io(_) => CommitError::Io(other.to_string()),
    }
}
