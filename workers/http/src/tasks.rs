//! Background tasks. The only file of this crate that spawns.

use std::future::Future;
use std::time::Duration;
use tokio::runtime::{EnterGuard, Handle};
use tokio_util::task::TaskTracker;

/// Spawns tasks and knows when all have ended.
#[derive(Clone)]
pub(crate) struct Tasks {
    tracker: TaskTracker,
    runtime: Handle,
}

impl Tasks {
    /// Tasks on the runtime that runs the caller.
    pub(crate) fn current() -> Self {
        Self {
            tracker: TaskTracker::new(),
            runtime: Handle::current(),
        }
    }

    /// Tasks on the same runtime that are waited for by themselves.
    pub(crate) fn group(&self) -> Self {
        Self {
            tracker: TaskTracker::new(),
            runtime: self.runtime.clone(),
        }
    }

    /// Makes sockets belong to the runtime, wherever the caller runs.
    pub(crate) fn enter(&self) -> EnterGuard<'_> {
        self.runtime.enter()
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tracker.spawn_on(task, &self.runtime);
    }

    /// Runs a task for which nobody waits at the end; it ends when what it serves is dropped.
    pub(crate) fn spawn_aside(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(task);
    }

    /// Waits until every task has ended; `false` when `limit` passed before.
    pub(crate) async fn ended(&self, limit: Duration) -> bool {
        self.tracker.close();
        tokio::time::timeout(limit, self.tracker.wait())
            .await
            .is_ok()
    }
}
