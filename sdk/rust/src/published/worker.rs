//! Who a worker is, and what the engine lists.

use crate::env;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where a client stands with its engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IIIConnectionState {
    /// Never connected, or shut down.
    Disconnected,
    /// Trying for the first time.
    Connecting,
    /// The engine has greeted this worker.
    Connected,
    /// The connection broke; trying again.
    Reconnecting,
    /// The engine refused this worker for good.
    Failed,
}

impl From<crate::ConnectionState> for IIIConnectionState {
    fn from(state: crate::ConnectionState) -> Self {
        match state {
            crate::ConnectionState::Connecting => Self::Connecting,
            crate::ConnectionState::Connected => Self::Connected,
            crate::ConnectionState::Reconnecting => Self::Reconnecting,
            crate::ConnectionState::Failed(_) => Self::Failed,
            crate::ConnectionState::Closed => Self::Disconnected,
        }
    }
}

/// Where a worker's name and namespace come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WorkerIdentityMode {
    /// `III_WORKER_NAME` wins over the name in the program, and `III_NAMESPACE` fills in where the
    /// program names no namespace.
    #[default]
    Managed,
    /// Only what the program says.
    Explicit,
}

/// What is known about the project a worker belongs to. Our engine does not ask for it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct TelemetryOptions {
    /// The worker's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_name: Option<String>,
    /// The framework.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub framework: Option<String>,
}

/// What a worker says about itself. Of these the engine is told name, version, description,
/// isolation and namespace; runtime, system and process id are what they are.
///
/// ```
/// use iii_kit::published::runtime::WorkerMetadata;
/// let metadata = WorkerMetadata { name: "orders".into(), ..WorkerMetadata::default() };
/// assert_eq!(metadata.runtime, "rust");
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WorkerMetadata {
    /// The worker's language.
    pub runtime: String,
    /// Shown in discovery.
    pub version: String,
    /// The worker's service identity: workers of one name and namespace are replicas.
    pub name: String,
    /// The system it runs on.
    pub os: String,
    /// One line for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// The project it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub telemetry: Option<TelemetryOptions>,
    /// What it runs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub isolation: Option<String>,
    /// Where its functions live; `None` is the default namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

impl Default for WorkerMetadata {
    /// A worker named after its host and process.
    fn default() -> Self {
        let process = std::process::id();
        Self {
            runtime: "rust".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            name: format!("{}:{process}", env::host_name()),
            os: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            description: None,
            pid: Some(process),
            telemetry: Some(TelemetryOptions::default()),
            isolation: env::get(env::ISOLATION),
            namespace: None,
        }
    }
}

impl WorkerMetadata {
    /// The worker as the engine is told of it.
    pub(super) fn into_options(self) -> crate::WorkerOptions {
        let mut options = crate::WorkerOptions::new(self.name).version(self.version);
        options.description = self.description;
        options.isolation = self.isolation;
        options.namespace = self.namespace;
        options
    }
}

/// A worker, as `engine::workers::list` shows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WorkerInfo {
    /// The worker's connection id.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// Its language.
    pub runtime: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// The system it runs on.
    pub os: Option<String>,
    /// Where it connects from.
    pub ip_address: Option<String>,
    /// How it is.
    pub status: String,
    /// When it connected, in milliseconds since 1970.
    pub connected_at_ms: u64,
    /// How many functions it offers.
    pub function_count: usize,
    /// Their ids.
    pub functions: Vec<String>,
    /// Invocations it runs now.
    pub active_invocations: usize,
    /// What it runs in.
    #[serde(default)]
    pub isolation: Option<String>,
    /// Its namespace.
    #[serde(default)]
    pub namespace: Option<String>,
}

/// A function, as `engine::functions::list` shows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FunctionInfo {
    /// The function's id.
    pub function_id: String,
    /// One line for people.
    pub description: Option<String>,
    /// JSON Schema of its input.
    pub request_format: Option<Value>,
    /// JSON Schema of its output.
    pub response_format: Option<Value>,
    /// What it was registered with.
    pub metadata: Option<Value>,
    /// Its namespace.
    #[serde(default)]
    pub namespace: Option<String>,
}

/// A trigger, as `engine::registered-triggers::list` shows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TriggerInfo {
    /// The trigger's id.
    pub id: String,
    /// Its type.
    pub trigger_type: String,
    /// The function it runs.
    pub function_id: String,
    /// What it was registered with.
    pub config: Value,
    /// Handed to the function at every firing.
    pub metadata: Option<Value>,
    /// The function's namespace.
    #[serde(default)]
    pub namespace: Option<String>,
}
