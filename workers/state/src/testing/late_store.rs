//! A store as it is with a disk, a network and other callers: answers come late and in another
//! order than the commits, and entries change between a read and the write that follows it.

use iii_backend_memory::MemoryKv;
use iii_ports::kv::{
    Batch, Bounds, CommitError, Committed, Durability, Entry, Kv, Page, ReadError, Scan,
    ScopesPage, SweepError, Swept,
};
use iii_ports::{Reply, UnixMs};
use parking_lot::Mutex;
use std::collections::VecDeque;
use tokio::sync::oneshot;

pub(crate) struct LateKv {
    inner: MemoryKv,
    held: Mutex<Vec<oneshot::Sender<()>>>,
    at_once: bool,
    meddling: Mutex<VecDeque<Batch>>,
}

impl LateKv {
    /// A store whose commits are answered when the test says so.
    pub(crate) fn answered_by_hand() -> Self {
        Self {
            inner: MemoryKv::new(Bounds::default()),
            held: Mutex::default(),
            at_once: false,
            meddling: Mutex::default(),
        }
    }

    /// A store that after each read, as long as there are any, commits one of these batches.
    pub(crate) fn meddled_with(batches: impl IntoIterator<Item = Batch>) -> Self {
        Self {
            at_once: true,
            meddling: Mutex::new(batches.into_iter().collect()),
            ..Self::answered_by_hand()
        }
    }

    /// How many batches have not been committed yet.
    pub(crate) fn meddling_left(&self) -> usize {
        self.meddling.lock().len()
    }

    /// How many commits wait for their answer.
    pub(crate) fn held(&self) -> usize {
        self.held.lock().len()
    }

    /// Answers one commit, counted from the oldest.
    pub(crate) fn answer(&self, index: usize) {
        let answer = self.held.lock().remove(index);
        // Whoever asked may have gone away.
        let _ = answer.send(());
    }
}

impl Kv for LateKv {
    fn durability(&self) -> Durability {
        Durability::None
    }

    fn bounds(&self) -> Bounds {
        self.inner.bounds()
    }

    fn get(&self, scope: &str, key: &str, now: UnixMs) -> Reply<Result<Option<Entry>, ReadError>> {
        let read = self.inner.get(scope, key, now);
        if let Some(batch) = self.meddling.lock().pop_front() {
            drop(self.inner.commit(batch, now));
        }
        read
    }

    fn scan(&self, scan: Scan<'_>, now: UnixMs) -> Reply<Result<Page, ReadError>> {
        self.inner.scan(scan, now)
    }

    fn scopes(
        &self,
        after: Option<&str>,
        limit: usize,
        now: UnixMs,
    ) -> Reply<Result<ScopesPage, ReadError>> {
        self.inner.scopes(after, limit, now)
    }

    fn commit(&self, batch: Batch, now: UnixMs) -> Reply<Result<Committed, CommitError>> {
        let committed = self.inner.commit(batch, now);
        if self.at_once {
            return committed;
        }
        let (answer, answered) = oneshot::channel();
        self.held.lock().push(answer);
        Reply::later(async move {
            answered.await.expect("every commit is answered");
            committed.await
        })
    }

    fn expired(&self, now: UnixMs, limit: usize) -> Reply<Result<Swept, ReadError>> {
        self.inner.expired(now, limit)
    }

    fn sweep(&self, now: UnixMs, limit: usize) -> Reply<Result<Swept, SweepError>> {
        self.inner.sweep(now, limit)
    }

    fn close(&self) -> Reply<()> {
        self.inner.close()
    }
}
