//! From a worker to a running process.

use crate::{
    Client, ClientOptions, Limits, RegisterError, Rejection, Running, StartError, Worker,
    WorkerOptions, env,
};
use iii_transport::ws::{DialOptions, WsDialer};
use iii_transport::{Dial, DialError};
use std::path::PathBuf;
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
    Start(StartError),
    /// The engine refused the worker for good.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// Signals cannot be received here.
    #[error("cannot listen for signals: {0}")]
    Signals(#[from] std::io::Error),
}

impl From<StartError> for RunError {
    /// A refusal is reported as such, wherever the worker met it.
    fn from(error: StartError) -> Self {
        match error {
            StartError::Register(RegisterError::Rejected(rejection))
            | StartError::Call(crate::Error::Rejected(rejection)) => Self::Rejected(rejection),
            other => Self::Start(other),
        }
    }
}

/// A worker and the client it runs on. Made by [`attach`].
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
        self.client.shutdown_within(Duration::ZERO).await;
    }
}

/// Starts a worker over any way to an engine, and returns when it is ready to serve. The worker of
/// `options` is who it is; [`Worker::options`] is a good start for it.
///
/// # Errors
/// What the worker's start failed with; its client is shut down again.
///
/// ```no_run
/// # use iii_kit::{ClientOptions, Dial, StartError, Worker, attach};
/// # use std::{sync::Arc, time::Duration};
/// # async fn example(engine: Arc<dyn Dial>, worker: Box<dyn Worker>) -> Result<(), StartError> {
/// let options = ClientOptions::new(worker.options());
/// let attached = attach(engine, worker, options).await?;
/// attached.stop(Duration::from_secs(10)).await;
/// # Ok(())
/// # }
/// ```
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

/// Runs a worker as this process until SIGTERM or SIGINT, then stops it in order. The token for the
/// engine comes from `III_TOKEN`; `III_CA_FILE` names an authority of your own for `wss://`.
///
/// # Errors
/// See [`RunError`].
///
/// ```no_run
/// # async fn example(worker: impl iii_kit::Worker) -> Result<(), iii_kit::RunError> {
/// iii_kit::run(iii_kit::DEFAULT_ENGINE_URL, worker).await
/// # }
/// ```
pub async fn run(url: &str, worker: impl Worker) -> Result<(), RunError> {
    run_with(url, Box::new(worker), Limits::default()).await
}

/// [`run`] with limits of your own.
///
/// # Errors
/// See [`RunError`].
pub async fn run_with(url: &str, worker: Box<dyn Worker>, limits: Limits) -> Result<(), RunError> {
    let mut signals = Signals::listen()?;
    let dial = Arc::new(dialer(url, InitOptions::default())?);
    let drain_timeout = limits.drain_timeout;
    let options = ClientOptions::new(with_environment(worker.options())).limits(limits);
    let attached = tokio::select! {
        attached = attach(dial, worker, options) => attached?,
        () = signals.next() => return Ok(()),
    };
    tokio::select! {
        () = signals.next() => {
            attached.stop(drain_timeout).await;
            Ok(())
        }
        rejection = attached.client.wait_ended() => {
            attached.running.stop().await;
            rejection.map_or(Ok(()), |rejection| Err(rejection.into()))
        }
    }
}

/// Options of [`register_worker`].
///
/// ```
/// use iii_kit::InitOptions;
/// let options = InitOptions { namespace: Some("eu".into()), ..InitOptions::new("orders") };
/// assert_eq!(options.worker_name.as_deref(), Some("orders"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct InitOptions {
    /// `None` means `III_WORKER_NAME`, or else host name and process id.
    pub worker_name: Option<String>,
    /// One line for people.
    pub worker_description: Option<String>,
    /// `None` means `III_NAMESPACE`, or else the default namespace.
    pub namespace: Option<String>,
    /// The listener's token; `None` means `III_TOKEN`.
    pub token: Option<String>,
    /// PEM file with authorities that a `wss` engine may have its certificate from, beside those
    /// that the machine trusts; `None` means `III_CA_FILE`.
    pub ca_file: Option<PathBuf>,
    /// Further header lines of the connection's request.
    pub headers: Vec<(String, String)>,
    /// The client's limits.
    pub limits: Limits,
    /// Tell callers where a handler failed; see [`ClientOptions::development`].
    pub development: bool,
}

impl InitOptions {
    /// The defaults for a worker of this name.
    pub fn new(worker_name: impl Into<String>) -> Self {
        Self {
            worker_name: Some(worker_name.into()),
            ..Self::default()
        }
    }
}

/// Connects a client over WebSocket, in the background. Inside a runtime it runs there, outside it
/// brings a thread of its own.
///
/// # Errors
/// The address cannot be used.
///
/// ```
/// use iii_kit::{DEFAULT_ENGINE_URL, InitOptions, register_worker};
/// let client = register_worker(DEFAULT_ENGINE_URL, InitOptions::new("orders"))?;
/// # Ok::<(), iii_kit::DialError>(())
/// ```
pub fn register_worker(url: &str, options: InitOptions) -> Result<Client, DialError> {
    let name = options.worker_name.clone().unwrap_or_else(default_name);
    let mut worker = WorkerOptions::new(name);
    worker.description.clone_from(&options.worker_description);
    worker.namespace.clone_from(&options.namespace);
    let mut client = ClientOptions::new(with_environment(worker)).limits(options.limits.clone());
    client.development = options.development;
    let dial = dialer(url, options)?;
    Ok(Client::connect(Arc::new(dial), client))
}

pub(crate) fn dialer(url: &str, options: InitOptions) -> Result<WsDialer, DialError> {
    let ca_file = || env::get(env::CA_FILE).map(PathBuf::from);
    let options = DialOptions {
        token: options.token.or_else(|| env::get(env::TOKEN)),
        headers: options.headers,
        ca_file: options.ca_file.or_else(ca_file),
        ..DialOptions::default()
    };
    WsDialer::new(url, options)
}

/// Fills what the options leave open from the environment.
fn with_environment(mut worker: WorkerOptions) -> WorkerOptions {
    worker.namespace = worker.namespace.or_else(|| env::get(env::NAMESPACE));
    worker.isolation = worker.isolation.or_else(|| env::get(env::ISOLATION));
    worker
}

pub(crate) fn default_name() -> String {
    env::get(env::WORKER_NAME)
        .unwrap_or_else(|| format!("{}:{}", env::host_name(), std::process::id()))
}

/// The signals that ask a process to end.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    #[cfg(unix)]
    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    #[cfg(not(unix))]
    fn listen() -> std::io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(not(unix))]
    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
