//! Background tasks. The only file of this crate that spawns.

use std::future::Future;
use std::sync::OnceLock;
use tokio::runtime::{Builder, Handle};
use tokio_util::task::TaskTracker;

/// Spawns tasks on one runtime and knows when all have ended.
#[derive(Clone)]
pub(crate) struct Tasks {
    tracker: TaskTracker,
    runtime: Handle,
}

impl Tasks {
    /// Uses the runtime this is called on or, outside of any, one background thread shared by all
    /// clients of the process.
    pub(crate) fn current() -> std::io::Result<Self> {
        let runtime = match Handle::try_current() {
            Ok(runtime) => runtime,
            Err(_) => background_runtime()?,
        };
        Ok(Self {
            tracker: TaskTracker::new(),
            runtime,
        })
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tracker.spawn_on(task, &self.runtime);
    }
}

fn background_runtime() -> std::io::Result<Handle> {
    static RUNTIME: OnceLock<Handle> = OnceLock::new();
    if let Some(handle) = RUNTIME.get() {
        return Ok(handle.clone());
    }
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    std::thread::Builder::new()
        .name("iii-kit".to_owned())
        .spawn(move || runtime.block_on(std::future::pending::<()>()))?;
    Ok(RUNTIME.get_or_init(|| handle).clone())
}
