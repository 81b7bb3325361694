//! Triggers: bindings of an event source to a function.

use crate::core::ids::{CallKey, SessionId, TriggerKey};
use iii_protocol::{Payload, Text};

/// A trigger of the catalog. Equal registrations by replicas are one trigger.
#[derive(Clone, Debug)]
pub struct Trigger {
    /// Its place in the catalog.
    pub key: TriggerKey,
    /// The id its provider knows it by.
    pub id: Text,
    /// Its type.
    pub trigger_type: Text,
    /// The namespace asked for explicitly; the provider must then be there.
    pub trigger_namespace: Option<Text>,
    /// The function to run.
    pub function_id: Text,
    /// The function's namespace.
    pub namespace: Text,
    /// Read by the provider only.
    pub config: Payload,
    /// Handed to the function at every firing.
    pub metadata: Option<Payload>,
    /// Who wants it.
    pub owner: Owner,
    /// Who serves it.
    pub binding: Binding,
}

/// Who wants a trigger, and so who may end it.
#[derive(Clone, Debug)]
pub enum Owner {
    /// The replicas of one worker; the trigger ends when the last of them leaves.
    Worker {
        /// The worker's name.
        name: Text,
        /// The worker's namespace, where its provider is looked for first.
        namespace: Text,
        /// One for each replica.
        registrations: Vec<Registration>,
    },
    /// Registered through a function call: it stays until it is unregistered so.
    Engine {
        /// The call that waits for the provider's answer.
        waiting: Option<CallKey>,
    },
}

/// One session's registration of a trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// Whose.
    pub session: SessionId,
    /// The id it chose.
    pub id: Text,
}

/// Who serves a trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Binding {
    /// Nobody: the provider is absent, or it refused.
    Parked {
        /// The provider's error body, if it refused.
        error: Option<Payload>,
    },
    /// The provider was told and has not answered.
    Pending {
        /// The provider.
        provider: SessionId,
    },
    /// The provider serves it.
    Bound {
        /// The provider.
        provider: SessionId,
    },
}

impl Binding {
    /// The provider that knows of the trigger.
    #[must_use]
    pub const fn provider(&self) -> Option<SessionId> {
        match self {
            Self::Parked { .. } => None,
            Self::Pending { provider } | Self::Bound { provider } => Some(*provider),
        }
    }
}

impl Trigger {
    /// The name of the worker that wants it; empty for the engine's own.
    #[must_use]
    pub fn worker_name(&self) -> Text {
        match &self.owner {
            Owner::Worker { name, .. } => name.clone(),
            Owner::Engine { .. } => Text::new(),
        }
    }
}
