//! The only place of this crate that spawns: every task lives on an executor thread and ends with
//! it.

use std::future::Future;

/// Runs `task` on the executor thread that calls this.
pub(super) fn spawn(task: impl Future<Output = ()> + 'static) {
    tokio::task::spawn_local(task);
}
