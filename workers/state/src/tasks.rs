//! Background tasks. The only file of this crate that spawns.

use std::future::Future;
use std::time::Duration;
use tokio_util::task::TaskTracker;

/// A pause.
pub(crate) async fn pause(for_so_long: Duration) {
    tokio::time::sleep(for_so_long).await;
}

/// The worker's tasks, which are waited for when it stops.
#[derive(Clone, Default)]
pub(crate) struct Tasks(TaskTracker);

impl Tasks {
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.0.spawn(task);
    }

    /// Waits until all have ended, at most for so long.
    pub(crate) async fn wait(&self, at_most: Duration) {
        self.0.close();
        // Whoever has not ended by then is given up by the runtime.
        let _ = tokio::time::timeout(at_most, self.0.wait()).await;
    }
}
