//! Background tasks. The only file of this crate that spawns.

use std::future::Future;
use tokio::runtime::Handle;
use tokio_util::task::TaskTracker;

/// Spawns tasks and knows when all have ended.
#[derive(Clone)]
pub(crate) struct Tasks {
    tracker: TaskTracker,
    runtime: Handle,
}

impl Tasks {
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tracker.spawn_on(task, &self.runtime);
    }
}
