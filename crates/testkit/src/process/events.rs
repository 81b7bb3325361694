//! What `iii serve --json` says on stdout.

use serde::Deserialize;

/// One line of `iii serve --json`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The engine listens and its workers serve.
    Ready {
        /// Addresses of the worker listeners, `ws://...`.
        listeners: Vec<String>,
        /// The workers of the process.
        workers: Vec<WorkerLine>,
    },
    /// A changed file is in force, but for what `failed` and `needs_restart` say.
    Reloaded {
        /// Workers with new settings.
        changed: Vec<String>,
        /// Workers that are gone.
        removed: Vec<String>,
        /// New workers.
        added: Vec<String>,
        /// Whether the listeners are others.
        listeners_changed: bool,
        /// Root keys that wait for a restart.
        needs_restart: Vec<String>,
        /// What could not be started.
        failed: Vec<FailedLine>,
    },
    /// A changed file was refused.
    NotReloaded {
        /// Why.
        error: String,
    },
}

/// A worker of the process.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct WorkerLine {
    /// Its name.
    pub name: String,
    /// Where it listens, if it does.
    #[serde(default)]
    pub address: Option<String>,
}

/// What could not be started.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct FailedLine {
    /// The worker, or `listeners`.
    pub name: String,
    /// Why.
    pub error: String,
}
