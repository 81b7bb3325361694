//! The client: what programs hold.

use super::Error;
use super::connect::{identified, refuse_blank};
use super::iii_helpers::observability::OtelConfig;
use super::limits::client_limits;
use super::provider::Provider;
use super::runtime::{IIIConnectionState, WorkerMetadata};
use super::way::Way;
use crate::tasks::Tasks;
use crate::{Client, ClientOptions, ConnectionState, Dial, env};
use parking_lot::{Mutex, RwLock};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::future::Future;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// What its thread is called.
const THREAD: &str = "iii-connection";

/// A worker's connection to its engine. Cheap to clone; all clones share one connection, which
/// lives until [`IIIClient::shutdown`]. Made by [`register_worker`](super::register_worker).
///
/// ```no_run
/// # use iii_kit::published::{Error, InitOptions, RegisterFunction, register_worker};
/// # use iii_kit::published::protocol::TriggerRequest;
/// # use iii_kit::serde_json::json;
/// # async fn example() -> Result<(), Error> {
/// let worker = register_worker("ws://127.0.0.1:49134", InitOptions::default());
/// worker.register_function("math::double", RegisterFunction::new(|n: u32| Ok(n * 2)));
/// let four = worker.trigger(TriggerRequest::new("math::double", json!(2))).await?;
/// worker.shutdown_async().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct IIIClient {
    pub(super) inner: Arc<Inner>,
}

/// What all clones share.
pub(super) struct Inner {
    pub(super) client: Client,
    way: Arc<Way>,
    tasks: Tasks,
    thread: Mutex<Option<JoinHandle<()>>>,
    name: String,
    /// Where calls and triggers go that name no namespace.
    namespace: RwLock<Option<String>>,
    /// Functions that this worker offers: to register one twice is a mistake.
    pub(super) functions: Mutex<BTreeSet<String>>,
    /// Trigger types that this worker provides.
    pub(super) providers: Mutex<BTreeMap<String, Arc<Provider>>>,
}

impl IIIClient {
    /// A client that never connects: what is registered with it waits, and calls time out.
    ///
    /// # Panics
    /// The system refuses a thread.
    ///
    /// ```
    /// use iii_kit::published::{IIIClient, runtime::IIIConnectionState};
    /// let client = IIIClient::new("ws://127.0.0.1:49134");
    /// assert_eq!(client.get_connection_state(), IIIConnectionState::Disconnected);
    /// ```
    pub fn new(address: &str) -> Self {
        Self::with_metadata(address, WorkerMetadata::default())
    }

    /// [`IIIClient::new`] of a worker that is called as `metadata` says.
    ///
    /// # Panics
    /// The system refuses a thread.
    pub fn with_metadata(address: &str, metadata: WorkerMetadata) -> Self {
        let metadata = identified(metadata, None, env::get);
        Self::over(Way::without_connection(address), metadata)
    }

    /// A client over a way to an engine.
    ///
    /// # Panics
    /// The system refuses a thread.
    pub(super) fn over(way: Way, metadata: WorkerMetadata) -> Self {
        let (name, namespace) = (metadata.name.clone(), metadata.namespace.clone());
        let way = Arc::new(way);
        let dial = Arc::clone(&way) as Arc<dyn Dial>;
        // A worker that connects lives until it is shut down.
        let connects = way.connects();
        let options = ClientOptions::new(metadata.into_options()).limits(client_limits());
        let made = Tasks::on_own_thread(THREAD, |tasks| {
            let (client, connection) = Client::apart(dial, options, tasks);
            let keep = connects.then(|| client.clone());
            let work = async move {
                connection.await;
                drop(keep);
            };
            (client, work)
        });
        let (client, tasks, thread) = made.expect("the system has a thread for this client");
        Self {
            inner: Arc::new(Inner {
                client,
                way,
                tasks,
                thread: Mutex::new(Some(thread)),
                name,
                namespace: RwLock::new(namespace),
                functions: Mutex::default(),
                providers: Mutex::default(),
            }),
        }
    }

    /// The engine's address.
    pub fn address(&self) -> &str {
        self.inner.way.address()
    }

    /// The namespace in which this worker's calls and triggers look for functions.
    pub fn namespace(&self) -> Option<String> {
        self.inner.namespace.read().clone()
    }

    /// From now on calls and triggers look for functions in another namespace. The worker's own
    /// functions stay where they are: it has introduced itself.
    ///
    /// # Panics
    /// The namespace is blank.
    pub fn set_namespace(&self, namespace: impl Into<String>) {
        let namespace = namespace.into();
        refuse_blank(&namespace);
        *self.inner.namespace.write() = Some(namespace);
    }

    /// Changes nothing: a worker says who it is when it is made. A line in the log says so.
    pub fn set_metadata(&self, metadata: WorkerMetadata) {
        let name = metadata.name;
        tracing::warn!(%name, "the worker has said who it is; its metadata is not changed");
    }

    /// Sends other header lines with every request to come: reconnects and channels.
    pub fn set_headers(&self, headers: HashMap<String, String>) {
        self.inner.way.set_headers(headers);
    }

    /// Changes nothing; see [`observability`](super::iii_helpers::observability).
    pub fn set_otel_config(&self, _config: OtelConfig) {}

    /// Where the client stands with its engine.
    pub fn get_connection_state(&self) -> IIIConnectionState {
        if !self.inner.way.connects() {
            return IIIConnectionState::Disconnected;
        }
        self.inner.client.connection_state().into()
    }

    /// Why the engine refused this worker for good, once it has.
    pub fn fatal_error(&self) -> Option<Error> {
        match self.inner.client.connection_state() {
            ConnectionState::Failed(rejection) => Some(self.rejected(rejection.code)),
            _ => None,
        }
    }

    /// Waits until the engine has greeted this worker.
    ///
    /// # Errors
    /// [`Error::Timeout`] after `timeout`, [`Error::NotConnected`] when the client was shut down or
    /// never connects, [`Error::RegistrationRejected`] when the engine refused the worker.
    pub async fn wait_until_registered(&self, timeout: Duration) -> Result<(), Error> {
        if !self.inner.way.connects() {
            return Err(Error::NotConnected);
        }
        match tokio::time::timeout(timeout, self.inner.client.wait_connected()).await {
            Ok(connected) => connected.map_err(|error| self.failed(error)),
            Err(_) => Err(Error::Timeout),
        }
    }

    /// Closes the connection and waits for its thread to end. Calls in flight fail, and handlers
    /// still running are dropped.
    pub fn shutdown(&self) {
        let client = self.inner.client.clone();
        self.begin(async move { client.shutdown().await });
        let thread = self.inner.thread.lock().take();
        if let Some(thread) = thread
            && thread.thread().id() != std::thread::current().id()
        {
            // A thread that panicked has ended as well.
            let _ = thread.join();
        }
    }

    /// [`IIIClient::shutdown`] that blocks no thread.
    pub async fn shutdown_async(&self) {
        self.inner.client.shutdown().await;
    }

    pub(super) fn way(&self) -> Arc<Way> {
        Arc::clone(&self.inner.way)
    }

    /// Begins something that belongs to this client, in order with what was begun before.
    pub(super) fn begin(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.inner.tasks.begin(task);
    }

    /// What a call failed with, in the words of the published client.
    pub(super) fn failed(&self, error: crate::Error) -> Error {
        Error::of_call(error, |code| self.rejected(code))
    }

    fn rejected(&self, code: String) -> Error {
        let namespace = self.inner.client.namespace();
        Error::RegistrationRejected {
            code,
            namespace: namespace
                .unwrap_or(super::protocol::DEFAULT_NAMESPACE)
                .to_owned(),
            worker_name: Some(self.inner.name.clone()),
            function_id: None,
            owner_worker_id: String::new(),
        }
    }
}
