//! A store as it is with a disk: a commit is on its way for a while before it is there.

use iii_backend_memory::MemoryLog;
use iii_kit::Bytes;
use iii_ports::lease::Fence;
use iii_ports::log::{Bounds, Change, CommitError, EntryId, Heads, Log, Names, ReadError};
use iii_ports::{Durability, Reply};
use iii_testkit::within;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::oneshot;

pub(crate) struct LateLog {
    inner: Arc<MemoryLog>,
    /// Commits on their way; `None` while they arrive at once.
    held: Mutex<Option<VecDeque<Held>>>,
}

struct Held {
    fence: Fence,
    changes: Vec<Change>,
    answer: oneshot::Sender<Result<(), CommitError>>,
}

impl LateLog {
    pub(crate) fn new() -> Self {
        Self {
            inner: Arc::new(MemoryLog::new(Bounds::default())),
            held: Mutex::new(None),
        }
    }

    /// From now on commits stay on their way.
    pub(crate) fn hold(&self) {
        *self.held.lock() = Some(VecDeque::new());
    }

    /// Waits until so many commits are on their way.
    pub(crate) async fn until_held(&self, count: usize) {
        let held = async {
            while self.held.lock().as_ref().is_none_or(|it| it.len() < count) {
                tokio::task::yield_now().await;
            }
        };
        within("commits on their way", held).await;
    }

    /// All commits arrive, in their order, and those that follow at once.
    pub(crate) async fn release(&self) {
        let held = self.held.lock().take().unwrap_or_default();
        for commit in held {
            let written = self.inner.commit(commit.fence, commit.changes).await;
            // Whoever asked may have gone away.
            let _ = commit.answer.send(written);
        }
    }

    /// How many entries a log has.
    pub(crate) async fn entries(&self, log: &str) -> usize {
        let heads = self.inner.heads(log, None, 100).await;
        heads.unwrap().items.len()
    }
}

impl Log for LateLog {
    fn durability(&self) -> Durability {
        Durability::None
    }

    fn bounds(&self) -> Bounds {
        self.inner.bounds()
    }

    fn commit(&self, fence: Fence, changes: Vec<Change>) -> Reply<Result<(), CommitError>> {
        let mut held = self.held.lock();
        let Some(held) = held.as_mut() else {
            return self.inner.commit(fence, changes);
        };
        let (answer, answered) = oneshot::channel();
        held.push_back(Held {
            fence,
            changes,
            answer,
        });
        Reply::later(async move { answered.await.expect("every commit is answered") })
    }

    fn heads(
        &self,
        log: &str,
        after: Option<EntryId>,
        limit: usize,
    ) -> Reply<Result<Heads, ReadError>> {
        self.inner.heads(log, after, limit)
    }

    fn bodies(&self, log: &str, ids: &[EntryId]) -> Reply<Result<Vec<Option<Bytes>>, ReadError>> {
        self.inner.bodies(log, ids)
    }

    fn names(&self, after: Option<&str>, limit: usize) -> Reply<Result<Names, ReadError>> {
        self.inner.names(after, limit)
    }

    fn close(&self) -> Reply<()> {
        self.inner.close()
    }
}
