//! The worker's configuration.

use schemars::JsonSchema;
use serde::Deserialize;

/// Configuration of the `state` worker.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Whether the trigger type `state` is offered, so that functions can run when entries change.
    pub triggers_enabled: bool,
    /// Largest value in bytes, whichever function writes it; a larger one is refused with
    /// `VALUE_TOO_LARGE`. Absent means as large as the store takes.
    pub max_value_bytes: Option<usize>,
    /// Most change events of one trigger that wait for its function. A write whose event finds no
    /// room is refused with `overloaded` and does not happen; the event of an expiry that finds no
    /// room is dropped with a warning.
    pub trigger_queue_events_max: usize,
    /// Bytes of waiting events of one trigger above which no further write is accepted.
    pub trigger_queue_bytes_max: usize,
    /// Most calls of one trigger's function at a time. Events of one entry always come one after
    /// the other.
    pub trigger_calls_max: usize,
    /// Most writes whose changes wait to be handed to the queue, for triggers with `durable: true`.
    /// A further write that such a trigger watches is refused with `overloaded`.
    pub durable_writes_max: usize,
    /// Bytes of such changes above which no further one is accepted.
    pub durable_bytes_max: usize,
    /// How long changes are kept for a trigger with `durable: true` that is gone, in milliseconds.
    pub durable_keep_ms: u64,
    /// Accepted from older files: `kv` is what there is.
    pub adapter: Option<Adapter>,
    /// Accepted from older files and ignored: everything is on the disk before it is acknowledged.
    pub save_interval_ms: Option<u64>,
}

/// The store of an older configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Adapter {
    /// Only `kv`.
    pub name: String,
    /// Ignored: everything is durable.
    #[serde(default)]
    pub config: Option<serde_json::Value>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            triggers_enabled: true,
            max_value_bytes: None,
            trigger_queue_events_max: 4096,
            trigger_queue_bytes_max: 64 << 20,
            trigger_calls_max: 64,
            durable_writes_max: 100_000,
            durable_bytes_max: 256 << 20,
            durable_keep_ms: 7 * 24 * 3600 * 1000,
            adapter: None,
            save_interval_ms: None,
        }
    }
}

impl Config {
    /// Refuses what means nothing.
    ///
    /// # Errors
    /// What is wrong, for people.
    pub fn check(&self) -> Result<(), String> {
        match &self.adapter {
            Some(adapter) if adapter.name != "kv" => Err(format!(
                "adapter `{}` does not exist; remove `adapter`, state is durable without one",
                adapter.name
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_keys_are_read_and_other_stores_refused() {
        let text = r#"{"adapter": {"name": "kv", "config": {"store_method": "file_based"}},
            "triggers_enabled": true, "max_value_bytes": 1000, "save_interval_ms": 5000}"#;
        let config: Config = serde_json::from_str(text).unwrap();
        assert_eq!(config.check(), Ok(()));
        let config: Config = serde_json::from_str(r#"{"adapter": {"name": "redis"}}"#).unwrap();
        let reason = config.check().unwrap_err();
        assert!(
            reason.starts_with("adapter `redis` does not exist"),
            "{reason}"
        );
    }
}
