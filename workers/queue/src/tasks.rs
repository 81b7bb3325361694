//! Background tasks. The only file of this crate that spawns.

use std::future::Future;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio_util::task::TaskTracker;

/// The worker's tasks, which are waited for when it stops.
#[derive(Clone, Default)]
pub(crate) struct Tasks(TaskTracker);

impl Tasks {
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.0.spawn(task);
    }

    /// Does work to its end, whether or not the caller still waits for it; `None` when the worker
    /// stops before.
    pub(crate) async fn to_its_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let (tell, told) = oneshot::channel();
        self.spawn(async move {
            // Whoever asked may not wait any more.
            let _ = tell.send(work.await);
        });
        told.await.ok()
    }

    /// Waits until all have ended, at most for so long.
    pub(crate) async fn wait(&self, at_most: Duration) {
        self.0.close();
        // Whoever has not ended by then is given up by the runtime.
        let _ = tokio::time::timeout(at_most, self.0.wait()).await;
    }
}

/// A pause.
pub(crate) async fn pause(for_so_long: Duration) {
    tokio::time::sleep(for_so_long).await;
}
