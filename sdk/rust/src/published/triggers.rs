//! Triggers: which event runs which function, and who makes the events.

use super::Error;
use async_trait::async_trait;
use serde_json::Value;
use std::sync::Arc;

/// A trigger that a provider is to serve, or to let go of.
#[derive(Clone, Debug)]
pub struct TriggerConfig {
    /// The trigger's id.
    pub id: String,
    /// The function to run.
    pub function_id: String,
    /// What whoever registered it asked for.
    pub config: Value,
    /// To be handed to the function at every firing.
    pub metadata: Option<Value>,
    /// Namespace of the function; `None` is the default one.
    pub namespace: Option<String>,
}

impl TriggerConfig {
    pub(super) fn of(trigger: &crate::BoundTrigger) -> Self {
        let read = |payload: &crate::Payload| {
            // What the engine hands on has been read by it; what is no JSON is nothing.
            serde_json::from_slice(payload.as_bytes()).unwrap_or_default()
        };
        Self {
            id: trigger.id.to_string(),
            function_id: trigger.function_id.to_string(),
            config: read(&trigger.config),
            metadata: trigger.metadata.as_ref().map(read),
            namespace: trigger.namespace.as_ref().map(ToString::to_string),
        }
    }
}

/// Serves the triggers of one type. Calls come one after the other, in the engine's order.
///
/// ```
/// use async_trait::async_trait;
/// use iii_kit::published::Error;
/// use iii_kit::published::trigger::{TriggerConfig, TriggerHandler};
///
/// struct Ticker;
///
/// #[async_trait]
/// impl TriggerHandler for Ticker {
///     async fn register_trigger(&self, trigger: TriggerConfig) -> Result<(), Error> {
///         if trigger.config["every"].is_null() {
///             return Err("`every` is missing".into());
///         }
///         Ok(())
///     }
///
///     async fn unregister_trigger(&self, _: TriggerConfig) -> Result<(), Error> {
///         Ok(())
///     }
/// }
/// ```
#[async_trait]
pub trait TriggerHandler: Send + Sync {
    /// Begins to serve a trigger; an error refuses it.
    async fn register_trigger(&self, config: TriggerConfig) -> Result<(), Error>;

    /// Ceases to serve a trigger.
    async fn unregister_trigger(&self, config: TriggerConfig) -> Result<(), Error>;
}

/// A registered trigger. Dropping it changes nothing; [`Trigger::unregister`] ends it.
///
/// ```no_run
/// # use iii_kit::published::{Error, InitOptions, register_worker};
/// # use iii_kit::published::protocol::RegisterTriggerInput;
/// # use iii_kit::serde_json::json;
/// let worker = register_worker("ws://127.0.0.1:49134", InitOptions::default());
/// let config = json!({ "api_path": "/double", "http_method": "POST" });
/// let trigger = RegisterTriggerInput::new("http", "math::double", config);
/// worker.register_trigger(trigger)?.unregister();
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone)]
pub struct Trigger {
    unregister: Arc<dyn Fn() + Send + Sync>,
}

impl Trigger {
    /// A trigger that is taken back by `unregister`.
    pub fn new(unregister: Arc<dyn Fn() + Send + Sync>) -> Self {
        Self { unregister }
    }

    /// Takes the trigger back.
    pub fn unregister(&self) {
        (self.unregister)();
    }
}
