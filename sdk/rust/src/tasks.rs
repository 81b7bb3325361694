//! Background tasks. The only file of this crate that spawns.

use std::future::Future;
use std::sync::OnceLock;
use std::task::{Context, Waker};
use std::thread::JoinHandle;
use tokio::runtime::{Builder, Handle};
use tokio::task::coop::unconstrained;
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

    /// Drives what `make` makes on a thread of its own, which ends with it. Whoever blocks the
    /// caller's thread does not hold it up.
    pub(crate) fn on_own_thread<T, Work>(
        name: &str,
        make: impl FnOnce(Self) -> (T, Work),
    ) -> std::io::Result<(T, Self, JoinHandle<()>)>
    where
        Work: Future<Output = ()> + Send + 'static,
    {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let tasks = Self {
            tracker: TaskTracker::new(),
            runtime: runtime.handle().clone(),
        };
        let inside = runtime.enter();
        let (result, work) = make(tasks.clone());
        drop(inside);
        let thread = std::thread::Builder::new().name(name.to_owned());
        let thread = thread.spawn(move || runtime.block_on(work))?;
        Ok((result, tasks, thread))
    }

    /// Begins a task here and now: what it does before it first waits is done when this returns.
    pub(crate) fn begin(&self, task: impl Future<Output = ()> + Send + 'static) {
        // A caller that has used up its turn must not keep the task from its first steps.
        let mut task = Box::pin(unconstrained(task));
        let inside = self.runtime.enter();
        let mut context = Context::from_waker(Waker::noop());
        let begun = task.as_mut().poll(&mut context);
        drop(inside);
        if begun.is_pending() {
            self.spawn(task);
        }
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
