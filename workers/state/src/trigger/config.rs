//! What a trigger asks for.

use super::index::Filter;
use iii_kit::Payload;
use schemars::JsonSchema;
use serde::Deserialize;

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
}

impl TriggerConfig {
    pub(super) fn read(config: &Payload) -> Result<Self, serde_json::Error> {
        if config.is_null() {
            return Ok(Self::default());
        }
        serde_json::from_slice(config.as_bytes())
    }

    pub(super) fn filter(self) -> Filter {
        Filter {
            scope: self.scope,
            key: self.key,
        }
    }
}
