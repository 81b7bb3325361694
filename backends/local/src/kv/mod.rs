//! The key-value port.

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
use iii_ports::kv::{
    Batch, Bounds, CommitError, Committed, Durability, Entry, FullOf, Kv, Page, ReadError, Scan,
    ScopesPage, SweepError, Swept,
};
use iii_ports::{Reply, UnixMs};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A durable key-value store. See [`Store`] for an example.
///
/// Reads look into the file, mostly into the part of it that is in memory, on the thread that asks.
pub struct LocalKv {
    store: Arc<Store>,
    bounds: Bounds,
    is_closed: AtomicBool,
}

impl LocalKv {
    /// The key-value store of a folder, with these limits.
    #[must_use]
    pub fn new(store: Arc<Store>, bounds: Bounds) -> Self {
        Self {
            store,
            bounds,
            is_closed: AtomicBool::new(false),
        }
    }

    fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }

    fn read<T>(&self, read: impl Fn(&View) -> Result<T, Failure>) -> Reply<Result<T, ReadError>> {
        if self.is_closed() {
            return Reply::ready(Err(ReadError::Closed));
        }
        Reply::ready(self.store.read(read).map_err(read_error))
    }

    /// Writes in the order of the calls.
    fn write<T: Send + 'static, E: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tables<'_>) -> Result<Result<T, E>, Failure> + Send + 'static,
        error: fn(Failure) -> E,
    ) -> Reply<Result<T, E>> {
        if self.is_closed() {
            return Reply::ready(Err(error(Failure::Closed)));
        }
        let told = match self.store.write(move |tables| work(&mut tables.kv())) {
            Ok(told) => told,
            Err(failure) => return Reply::ready(Err(error(failure))),
        };
        Reply::later(async move {
            // The writer answers everybody, unless it panicked.
            let answer = told.await.unwrap_or(Err(Failure::Closed));
            answer.unwrap_or_else(|failure| Err(error(failure)))
        })
    }
}

impl Kv for LocalKv {
    fn durability(&self) -> Durability {
        self.store.durability()
    }

    fn bounds(&self) -> Bounds {
        self.bounds
    }

    fn get(&self, scope: &str, key: &str, now: UnixMs) -> Reply<Result<Option<Entry>, ReadError>> {
        self.read(|view| read::get(view, scope, key, now))
    }

    fn scan(&self, scan: Scan<'_>, now: UnixMs) -> Reply<Result<Page, ReadError>> {
        self.read(|view| read::scan(view, scan, now))
    }

    fn scopes(
        &self,
        after: Option<&str>,
        limit: usize,
        now: UnixMs,
    ) -> Reply<Result<ScopesPage, ReadError>> {
        self.read(|view| read::scopes(view, after, limit, now))
    }

    fn commit(&self, batch: Batch, now: UnixMs) -> Reply<Result<Committed, CommitError>> {
        if let Err(error) = batch.check_sizes(&self.bounds) {
            return Reply::ready(Err(error));
        }
        let bounds = self.bounds;
        self.write(
            move |tables| apply::apply(tables, batch, &bounds, now),
            commit_error,
        )
    }

    fn expired(&self, now: UnixMs, limit: usize) -> Reply<Result<Swept, ReadError>> {
        self.read(|view| read::expired(view, now, limit))
    }

    fn sweep(&self, now: UnixMs, limit: usize) -> Reply<Result<Swept, SweepError>> {
        self.write(
            move |tables| Ok(Ok(apply::sweep(tables, now, limit)?)),
            sweep_error,
        )
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

fn sweep_error(failure: Failure) -> SweepError {
    match failure {
        Failure::Closed => SweepError::Closed,
        other => SweepError::Io(other.to_string()),
    }
}
