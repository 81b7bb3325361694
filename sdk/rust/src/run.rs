//! From a worker to a running process.

use crate::{Client, ClientOptions, Limits, Rejection, Running, StartError, Worker, WorkerOptions};
use iii_transport::{Dial, DialError};
use std::sync::Arc;
use std::time::Duration;

/// Where an engine listens unless told otherwise.
pub const DEFAULT_ENGINE_URL: &str = "ws://127.0.0.1:49134";

/// Why a worker process ended other than by a signal.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The address cannot be used.
    #[error(transparent)]
    Dial(#[from] DialError),
    /// The worker did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The engine refused the worker for good.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// Signals cannot be received here.
    #[error("cannot listen for signals: {0}")]
    Signals(#[from] std::io::Error),
}

/// A worker and the client it runs on.
pub struct Attached {
    client: Client,
    running: Running,
}

impl Attached {
    /// The worker's client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Stops the worker in order: takes no new invocations, lets the running ones finish for at
    /// most `drain_timeout`, calls the worker's stop hook, closes the connection.
    pub async fn stop(self, drain_timeout: Duration) {
        self.client.drain(drain_timeout).await;
        self.running.stop().await;
        self.client.shutdown().await;
    }
}

/// Starts a worker over any way to an engine, and returns when it is ready to serve.
///
/// # Errors
/// What the worker's start failed with; its client is shut down again.
pub async fn attach(
    dial: Arc<dyn Dial>,
    worker: Box<dyn Worker>,
    options: ClientOptions,
) -> Result<Attached, StartError> {
    let client = Client::connect(dial, options);
    match worker.start(client.clone()).await {
        Ok(running) => Ok(Attached { client, running }),
        Err(error) => {
            client.shutdown().await;
            Err(error)
        }
    }
}

/// Runs a worker as this process until SIGTERM or SIGINT. The token for the engine comes from
/// `III_TOKEN`.
///
/// # Errors
/// See [`RunError`].
pub async fn run(url: &str, worker: impl Worker) -> Result<(), RunError> {
    run_with(url, Box::new(worker), Limits::default()).await
}

/// [`run`] with limits of your own.
///
/// # Errors
/// See [`RunError`].
pub async fn run_with(url: &str, worker: Box<dyn Worker>, limits: Limits) -> Result<(), RunError> {
    let _ = (worker, limits);
    Err(RunError::Dial(DialError::BadAddress {
        address: url.to_owned(),
        reason: "not implemented".to_owned(),
    }))
}

/// Options of [`register_worker`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct InitOptions {
    /// `None` means `III_WORKER_NAME`, or else host name and process id.
    pub worker_name: Option<String>,
    /// One line for people.
    pub worker_description: Option<String>,
    /// `None` means `III_NAMESPACE`, or else the default namespace.
    pub namespace: Option<String>,
    /// The client's limits.
    pub limits: Limits,
}

/// Connects a client over WebSocket, in the background.
///
/// # Errors
/// The address cannot be used.
pub fn register_worker(url: &str, options: InitOptions) -> Result<Client, DialError> {
    let _ = (WorkerOptions::default(), options);
    Err(DialError::BadAddress {
        address: url.to_owned(),
        reason: "not implemented".to_owned(),
    })
}
