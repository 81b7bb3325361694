//! Triggers: which event runs which function.

use crate::codec::value_payload;
use crate::{Client, Error, RegisterError};
use iii_protocol::{Payload, Text};
use tokio::sync::watch;

/// A trigger to register.
///
/// ```
/// use iii_kit::RegisterTriggerInput;
/// use iii_kit::serde_json::json;
/// let trigger = RegisterTriggerInput::new(
///     "http",
///     "orders::validate",
///     &json!({ "api_path": "/orders", "http_method": "POST" }),
/// );
/// assert_eq!(trigger.trigger_type, "http");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegisterTriggerInput {
    /// The trigger type, such as `http` or `cron`.
    pub trigger_type: Text,
    /// The function to run.
    pub function_id: Text,
    /// What the trigger type's provider needs to know.
    pub config: Payload,
    /// Handed to the function as metadata at every firing.
    pub metadata: Option<Payload>,
    /// Namespace of the function; `None` means the worker's own.
    pub namespace: Option<Text>,
    /// Namespace of the provider; `None` means the function's own, then the default one.
    pub trigger_namespace: Option<Text>,
}

impl RegisterTriggerInput {
    /// Run `function_id` on events of `trigger_type` as `config` says.
    pub fn new(
        trigger_type: impl Into<Text>,
        function_id: impl Into<Text>,
        config: &serde_json::Value,
    ) -> Self {
        Self {
            trigger_type: trigger_type.into(),
            function_id: function_id.into(),
            config: value_payload(config),
            metadata: None,
            namespace: None,
            trigger_namespace: None,
        }
    }

    /// Hand `metadata` to the function at every firing.
    #[must_use]
    pub fn metadata(mut self, metadata: &serde_json::Value) -> Self {
        self.metadata = Some(value_payload(metadata));
        self
    }

    /// The function is in this namespace.
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<Text>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// The trigger type's provider is in this namespace.
    #[must_use]
    pub fn trigger_namespace(mut self, namespace: impl Into<Text>) -> Self {
        self.trigger_namespace = Some(namespace.into());
        self
    }
}

/// Where a registered trigger stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TriggerStatus {
    /// The engine has not acknowledged it: it is away, or the provider has not answered yet.
    Waiting,
    /// The engine has acknowledged it: the provider serves it, or will as soon as there is one.
    Active,
    /// The provider refused it.
    Refused(RegisterError),
}

/// A registered trigger. Dropping it changes nothing; [`TriggerRef::unregister`] ends it.
#[derive(Clone)]
pub struct TriggerRef {
    pub(crate) id: Text,
    pub(crate) client: Client,
    pub(crate) status: watch::Receiver<TriggerStatus>,
}

impl TriggerRef {
    /// The trigger's id, made by this client.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where the trigger stands now. It may change: providers come and go.
    pub fn status(&self) -> TriggerStatus {
        self.status.borrow().clone()
    }

    /// Takes the trigger back.
    ///
    /// # Errors
    /// [`Error::ShutDown`] or [`Error::Rejected`] when the client has ended.
    pub async fn unregister(&self) -> Result<(), Error> {
        self.client.unregister_trigger(&self.id).await
    }
}
