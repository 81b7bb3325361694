//! What a trigger looks like before it is registered.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A trigger to register.
///
/// ```
/// use iii_kit::published::protocol::RegisterTriggerInput;
/// # use iii_kit::serde_json::json;
/// let trigger = RegisterTriggerInput::new("tick", "orders::sync", json!({ "every": "1m" }))
///     .in_namespace("billing")
///     .with_metadata(json!({ "tenant": "acme" }));
/// assert_eq!(trigger.namespace.as_deref(), Some("billing"));
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RegisterTriggerInput {
    /// The trigger type, such as `http` or `cron`.
    pub trigger_type: String,
    /// The function to run.
    pub function_id: String,
    /// What the trigger type's provider needs to know.
    pub config: Value,
    /// Handed to the function as metadata at every firing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    /// Namespace of the function; `None` means the worker's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Namespace of the provider; `None` means the worker's own, then the default one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger_namespace: Option<String>,
}

impl RegisterTriggerInput {
    /// Run `function_id` on events of `trigger_type` as `config` says.
    pub fn new(
        trigger_type: impl Into<String>,
        function_id: impl Into<String>,
        config: Value,
    ) -> Self {
        Self {
            trigger_type: trigger_type.into(),
            function_id: function_id.into(),
            config,
            metadata: None,
            namespace: None,
            trigger_namespace: None,
        }
    }

    /// The function is in this namespace.
    #[must_use]
    pub fn in_namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// The trigger type's provider is in this namespace.
    #[must_use]
    pub fn in_trigger_namespace(mut self, namespace: impl Into<String>) -> Self {
        self.trigger_namespace = Some(namespace.into());
        self
    }

    /// Hand `metadata` to the function at every firing.
    #[must_use]
    pub fn with_metadata(mut self, metadata: Value) -> Self {
        self.metadata = Some(metadata);
        self
    }
}

/// The trigger that an observer was made from; our engine makes none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LegacyTrigger {
    /// Its type.
    pub trigger_type: String,
    /// What it was registered with.
    pub config: Value,
}
