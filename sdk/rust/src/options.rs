//! What a worker says about itself, and the limits of its client.

use std::time::Duration;

/// Who a worker is.
///
/// ```
/// let options = iii_kit::WorkerOptions::new("orders").description("takes orders");
/// assert_eq!(options.name, "orders");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkerOptions {
    /// The worker's service identity: workers of one name and namespace are replicas.
    pub name: String,
    /// One line for people.
    pub description: Option<String>,
    /// Where its functions live; `None` is the default namespace.
    pub namespace: Option<String>,
    /// Version shown in discovery; `None` is the version of this SDK.
    pub version: Option<String>,
    /// What it runs in, for discovery.
    pub isolation: Option<String>,
}

impl WorkerOptions {
    /// A worker of this name in the default namespace.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    /// Describe the worker in one line.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Put its functions into this namespace.
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// Show this version in discovery.
    #[must_use]
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// Say what it runs in.
    #[must_use]
    pub fn isolation(mut self, isolation: impl Into<String>) -> Self {
        self.isolation = Some(isolation.into());
        self
    }
}

/// How a client behaves.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ClientOptions {
    /// Who the worker is.
    pub worker: WorkerOptions,
    /// The client's limits.
    pub limits: Limits,
}

impl ClientOptions {
    /// The defaults for this worker.
    pub fn new(worker: WorkerOptions) -> Self {
        Self {
            worker,
            limits: Limits::default(),
        }
    }

    /// Use other limits.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}

/// Every bound of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Invocations handled at the same time; one more is answered `overloaded`.
    pub invocations_max: usize,
    /// Calls waiting for an answer; one more fails with `overloaded`.
    pub calls_max: usize,
    /// Calls kept while the engine is away; one more fails with `overloaded`.
    pub offline_calls_max: usize,
    /// Requests between the client's handles and its connection; a full queue makes callers wait.
    pub commands_max: usize,
    /// Functions, triggers and trigger types this client may register, each.
    pub registrations_max: usize,
    /// Trigger registrations a provider has not got round to yet, per trigger type.
    pub trigger_operations_max: usize,
    /// Largest payload sent, in bytes.
    pub message_bytes_max: usize,
    /// Bytes queued towards the engine above which nothing more is taken on.
    pub outbox_high_bytes: usize,
    /// Deadline of calls that name none.
    pub call_timeout: Duration,
    /// Extra time the local timer gives the engine to answer a late call itself.
    pub call_timeout_grace: Duration,
    /// How long a registration waits for its acknowledgement on a live connection.
    pub registration_timeout: Duration,
    /// How long the engine's first word may take on a new connection.
    pub greeting_timeout: Duration,
    /// A connection silent for this long is pinged; after twice as long it is dead.
    pub heartbeat: Duration,
    /// Longest pause between two attempts to connect.
    pub reconnect_max: Duration,
    /// How long running handlers may finish when the client shuts down.
    pub drain_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            invocations_max: 1024,
            calls_max: 16_384,
            offline_calls_max: 1024,
            commands_max: 4096,
            registrations_max: 20_000,
            trigger_operations_max: 65_536,
            message_bytes_max: 64 << 20,
            outbox_high_bytes: 16 << 20,
            call_timeout: Duration::from_secs(30),
            call_timeout_grace: Duration::from_secs(1),
            registration_timeout: Duration::from_secs(10),
            greeting_timeout: Duration::from_secs(10),
            heartbeat: Duration::from_secs(15),
            reconnect_max: Duration::from_secs(5),
            drain_timeout: Duration::from_secs(10),
        }
    }
}

/// Where a client stands with its engine.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionState {
    /// Trying for the first time.
    Connecting,
    /// The engine has greeted this worker.
    Connected,
    /// The connection broke; trying again.
    Reconnecting,
    /// The engine refused this worker for good.
    Failed(crate::Rejection),
    /// Shut down.
    Closed,
}
