//! A worker as a component: the same value runs inside the engine's process or in its own.

use crate::{Client, RegisterError, WorkerOptions};
use iii_transport::BoxFuture;
use std::future::Future;

/// A worker.
///
/// ```no_run
/// use iii_kit::{BoxFuture, Client, Context, HandlerError, RegisterFunction, Running};
/// use iii_kit::{StartError, Worker, WorkerOptions};
///
/// type Started = Result<Running, StartError>;
///
/// struct Greeter;
///
/// impl Worker for Greeter {
///     fn options(&self) -> WorkerOptions {
///         WorkerOptions::new("greeter")
///     }
///
///     fn start(self: Box<Self>, client: Client) -> BoxFuture<'static, Started> {
///         Box::pin(async move {
///             let hello = RegisterFunction::new(|name: String, _: Context| async move {
///                 Ok::<_, HandlerError>(format!("hello {name}"))
///             });
///             client.register_function("greeter::hello", hello).await?;
///             Ok(Running::idle())
///         })
///     }
/// }
/// ```
pub trait Worker: Send + 'static {
    /// Who the worker is.
    fn options(&self) -> WorkerOptions;

    /// Registers functions, trigger types and triggers, binds ports, and returns when ready to
    /// serve.
    fn start(self: Box<Self>, client: Client) -> BoxFuture<'static, Result<Running, StartError>>;
}

/// A worker that serves.
///
/// ```
/// use iii_kit::Running;
/// let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
/// let running = Running::new(|| async move {
///     // Tell whoever serves the port to leave.
///     let _ = stop.send(());
/// });
/// # drop((running, stopped));
/// ```
#[must_use]
pub struct Running {
    stop: Box<dyn FnOnce() -> BoxFuture<'static, ()> + Send>,
}

impl Running {
    /// A worker that closes what it opened with `stop`. It is called once, after no new invocations
    /// arrive and the running ones have ended or run out of time.
    pub fn new<F, Fut>(stop: F) -> Self
    where
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        Self {
            stop: Box::new(move || Box::pin(stop())),
        }
    }

    /// A worker with nothing to close.
    pub fn idle() -> Self {
        Self::new(|| async {})
    }

    /// Calls the stop hook.
    pub async fn stop(self) {
        (self.stop)().await;
    }
}

/// Why a worker did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// A function, trigger or trigger type could not be registered.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// A call to the engine or another worker failed.
    #[error(transparent)]
    Call(#[from] crate::Error),
    /// Its configuration cannot be used.
    #[error("{0}")]
    Config(String),
    /// Something it needs from outside is not there: a port, a file, a backend.
    #[error("{0}")]
    Unavailable(String),
    /// The data that it works on cannot be opened.
    #[error("{0}")]
    Data(String),
}
