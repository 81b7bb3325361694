//! What a trigger asks for.

use super::index::Filter;
use crate::error;
use iii_kit::{HandlerError, Payload};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Configuration of a `state` trigger.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "StateTriggerConfig")]
pub(super) struct TriggerConfig {
    /// Only changes in this scope; absent means every scope.
    scope: Option<String>,
    /// Only changes of this key; absent means every key.
    key: Option<String>,
    /// Called first with the same event; the trigger's function does not run if it returns `false`.
    #[expect(dead_code, reason = "evaluated by the SDK when the trigger fires")]
    condition_function_id: Option<String>,
    /// Changes are kept for the function until it has handled them, also while it is away and
    /// through crashes of anybody. Needs the worker `queue`.
    #[serde(default)]
    durable: bool,
    /// With `durable`: settings of the queue between, as `queue::define` takes them.
    queue_config: Option<Map<String, Value>>,
}

/// What a trigger is bound to.
pub(super) enum Bond {
    /// Changes while it is bound.
    Passing(Filter),
    /// Changes from its first registration on.
    Durable(DurableConfig),
}

/// What a durable trigger asks for.
pub(crate) struct DurableConfig {
    pub(crate) filter: Filter,
    /// Settings of the queue between.
    pub(crate) queue_config: Option<Map<String, Value>>,
}

impl TriggerConfig {
    pub(super) fn read(config: &Payload) -> Result<Self, serde_json::Error> {
        if config.is_null() {
            return Ok(Self::default());
        }
        serde_json::from_slice(config.as_bytes())
    }

    pub(super) fn bond(self) -> Result<Bond, HandlerError> {
        let filter = Filter {
            scope: self.scope,
            key: self.key,
        };
        match (self.durable, self.queue_config) {
            (true, queue_config) => Ok(Bond::Durable(DurableConfig {
                filter,
                queue_config,
            })),
            (false, None) => Ok(Bond::Passing(filter)),
            (false, Some(_)) => Err(error::invalid(
                "`queue_config` belongs to triggers with `durable: true`",
            )),
        }
    }
}
