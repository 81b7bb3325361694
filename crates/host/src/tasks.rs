//! Where the workers of this process run. The only file of this crate that spawns.

use iii_engine::Engine;
use iii_kit::{Attached, ClientOptions, StartError, Worker};

/// Starts a worker on an executor thread of the engine, beside the sessions pinned to it, so that
/// a call to it costs no switch between threads. Returns when the worker is ready to serve.
pub(crate) async fn attach(
    engine: &Engine,
    thread: usize,
    worker: Box<dyn Worker>,
) -> Result<Attached, StartError> {
    let dial = engine.memory_dialer(thread);
    let options = ClientOptions::new(worker.options());
    let attaching = engine
        .handle(thread)
        .spawn(iii_kit::attach(dial, worker, options));
    match attaching.await {
        Ok(attached) => attached,
        Err(ended) => Err(StartError::Unavailable(format!(
            "it ended while it started: {ended}"
        ))),
    }
}

/// Runs what waits for a disk on a thread of its own.
///
/// # Errors
/// It panicked, or the process ends.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, tokio::task::JoinError> {
    tokio::task::spawn_blocking(work).await
}
