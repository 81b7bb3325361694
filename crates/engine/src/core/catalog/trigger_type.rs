//! Trigger types and the sessions that provide them.

use crate::core::ids::SessionId;
use iii_protocol::{Payload, RegisterTriggerType, Text};
use std::sync::Arc;

/// A trigger type and who provides it.
#[derive(Clone, Debug)]
pub struct TriggerType {
    /// Its id.
    pub id: Text,
    /// Its namespace.
    pub namespace: Text,
    /// The name of the worker that owns it.
    pub worker_name: Text,
    /// The first serves, the others stand by. Never empty while the type is in the catalog.
    pub providers: Vec<Provider>,
    /// What it said about itself.
    pub details: Arc<TypeDetails>,
}

/// Who serves a trigger type.
pub type Provider = SessionId;

/// What a trigger type says about itself.
#[derive(Debug, Default)]
pub struct TypeDetails {
    /// One line for people.
    pub description: Option<Text>,
    /// JSON Schema of a trigger's `config`.
    pub trigger_request_format: Option<Payload>,
    /// JSON Schema of what functions are given.
    pub call_request_format: Option<Payload>,
}

impl TypeDetails {
    /// Kept apart from the message's frame.
    #[must_use]
    pub fn of(message: &RegisterTriggerType) -> Self {
        Self {
            description: message.description.as_ref().map(Text::detach),
            trigger_request_format: message.trigger_request_format.as_ref().map(Payload::detach),
            call_request_format: message.call_request_format.as_ref().map(Payload::detach),
        }
    }
}
