//! The worker's configuration.

use crate::core::Settings;
use crate::error;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Configuration of the `queue` worker.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Queues by name. A queue called `default` always exists. More can be made while the engine
    /// runs, with `queue::define`.
    #[serde(alias = "queues")]
    pub queue_configs: BTreeMap<String, Settings>,
    /// How long a subscription of a topic is kept while nothing is bound to it, in milliseconds.
    /// What is published meanwhile is handed over when its function is back.
    pub subscription_keep_ms: u64,
    /// Accepted from older files: `builtin` is what there is.
    pub adapter: Option<Adapter>,
}

/// The store of an older configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Adapter {
    /// Only `builtin`.
    pub name: String,
    /// Ignored: everything is durable.
    #[serde(default)]
    pub config: Option<serde_json::Value>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            queue_configs: BTreeMap::new(),
            subscription_keep_ms: 7 * 24 * 3600 * 1000,
            adapter: None,
        }
    }
}

impl Config {
    /// Refuses what means nothing.
    ///
    /// # Errors
    /// What is wrong, for people.
    pub fn check(&self) -> Result<(), String> {
        if let Some(adapter) = &self.adapter
            && adapter.name != "builtin"
        {
            return Err(format!(
                "adapter `{}` does not exist; remove `adapter`, queues are durable without one",
                adapter.name
            ));
        }
        for (name, settings) in &self.queue_configs {
            error::check_name("the name of a queue", name)?;
            settings
                .check()
                .map_err(|reason| format!("queue `{name}`: {reason}"))?;
        }
        Ok(())
    }

    /// The queues that the configuration declares, the one that always exists among them.
    pub(crate) fn queues(&self) -> BTreeMap<String, Settings> {
        let mut queues = self.queue_configs.clone();
        queues.entry("default".to_owned()).or_default();
        queues
    }
}
