//! A store whose answers come late and in another order than its commits, as those of a store with
//! a disk or a network may.

use iii_backend_memory::MemoryKv;
use iii_ports::kv::{
    Batch, Bounds, CommitError, Committed, Durability, Entry, Kv, Page, ReadError, Scan,
    ScopesPage, SweepError, Swept,
};
use iii_ports::{Reply, UnixMs};
use parking_lot::Mutex;
use tokio::sync::oneshot;

pub(super) struct LateKv {
    inner: MemoryKv,
    held: Mutex<Vec<oneshot::Sender<()>>>,
}

impl Default for LateKv {
    fn default() -> Self {
        Self {
            inner: MemoryKv::new(Bounds::default()),
            held: Mutex::default(),
        }
    }
}

impl LateKv {
    /// How many commits wait for their answer.
    pub(super) fn held(&self) -> usize {
        self.held.lock().len()
    }

    /// Answers one commit, counted from the oldest.
    pub(super) fn answer(&self, index: usize) {
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
        self.inner.get(scope, key, now)
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
        let (answer, answered) = oneshot::channel();
        self.held.lock().push(answer);
        Reply::later(async move {
            answered.await.expect("every commit is answered");
            committed.await
        })
    }

    fn sweep(&self, now: UnixMs, limit: usize) -> Reply<Result<Swept, SweepError>> {
        self.inner.sweep(now, limit)
    }

    fn close(&self) -> Reply<()> {
        self.inner.close()
    }
}
