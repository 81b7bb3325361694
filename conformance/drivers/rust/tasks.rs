//! The only file of this program that spawns.

use std::future::Future;

#[expect(clippy::disallowed_methods, reason = "this is the file that may spawn")]
pub(crate) fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(task);
}
