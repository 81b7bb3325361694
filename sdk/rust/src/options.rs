//! What a worker says about itself, and how its client behaves.

use crate::Limits;

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
///
/// ```
/// use iii_kit::{ClientOptions, Limits, WorkerOptions};
/// let limits = Limits { invocations_max: 16, ..Limits::default() };
/// let options = ClientOptions::new(WorkerOptions::new("orders")).limits(limits);
/// assert_eq!(options.limits.invocations_max, 16);
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ClientOptions {
    /// Who the worker is.
    pub worker: WorkerOptions,
    /// The client's limits.
    pub limits: Limits,
    /// Tell callers where a handler failed (`stacktrace`). Off unless asked for: such texts are for
    /// developers, and show strangers what the worker is made of.
    pub development: bool,
}

impl ClientOptions {
    /// The defaults for this worker.
    pub fn new(worker: WorkerOptions) -> Self {
        Self {
            worker,
            limits: Limits::default(),
            development: false,
        }
    }

    /// Use other limits.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Tell callers where a handler failed.
    #[must_use]
    pub fn development(mut self) -> Self {
        self.development = true;
        self
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
