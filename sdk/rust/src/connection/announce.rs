//! The first words of a connection, and registrations.

use super::{Driver, Ended};
use crate::client::Greeting;
use crate::function::Handler;
use crate::registry::Registered;
use crate::{RegisterError, Rejection, TriggerHandler, TriggerStatus, codec};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use iii_protocol::{
    Drain, ErrorBody, ErrorCode, ErrorMessage, InvokeFunction, Message, Payload, Reattach,
    RegisterFunction, RegisterTrigger, RegisterTriggerType, RegistrationRejected, Text,
    UnregisterFunction, UnregisterTrigger, WorkerRegistered,
};
use serde_json::json;
use std::sync::Arc;
use tokio::sync::{oneshot, watch};

/// What our SDKs and the engine can do beyond the base protocol.
const FEATURE: &str = "iii-kit.v1";
const REGISTER_WORKER: &str = "engine::workers::register";

impl Driver {
    /// The engine's first word: announce everything, then send what waited.
    pub(super) fn engine_greeted(&mut self, greeting: WorkerRegistered) {
        if self.link.is_live() {
            return;
        }
        let acknowledges = greeting.features.iter().any(|feature| feature == FEATURE);
        self.link.greeted(acknowledges);
        let present = Reattach {
            previous_worker_id: greeting.worker_id.detach(),
            reattach_token: greeting.reattach_token.as_ref().map(Text::detach),
        };
        if let Some(previous) = self.previous.replace(present) {
            self.link.send(&Message::Reattach(previous));
        }
        let introduction = self.introduction();
        self.link.send(&introduction);
        // The engine sends the triggers of this worker's types anew.
        self.providers.unbind_all();
        if self.draining {
            self.link.send(&Message::Drain(Drain::default()));
        } else {
            self.announce_all();
        }
        self.advance_providers();
        if !acknowledges {
            self.registry.assume_registered();
            self.providers.assume_registered();
        }
        self.greeting(Greeting {
            worker_id: greeting.worker_id.to_string(),
            channel_secret: greeting.channel_secret.and_then(|secret| decode(&secret)),
            at: self.now,
        });
        self.send_backlog();
        tracing::info!(
            address = self.dial.address(),
            worker_id = %greeting.worker_id,
            "connected to the engine"
        );
    }

    fn announce_all(&mut self) {
        for message in self.providers.announcements() {
            self.link.send(&message);
        }
        for message in self.registry.announcements() {
            self.link.send(&message);
        }
    }

    /// Who this worker is.
    fn introduction(&self) -> Message {
        let worker = &self.options.worker;
        let data = json!({
            "runtime": "rust",
            "version": worker.version.as_deref().unwrap_or(env!("CARGO_PKG_VERSION")),
            "name": worker.name,
            "description": worker.description,
            "os": format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            "pid": std::process::id(),
            "isolation": worker.isolation,
            "namespace": worker.namespace,
            "features": [FEATURE],
        });
        Message::InvokeFunction(InvokeFunction {
            function_id: Text::from_static(REGISTER_WORKER),
            data: Some(codec::value_payload(&data)),
            action: Some(void_action()),
            ..InvokeFunction::default()
        })
    }

    pub(super) fn register_function(
        &mut self,
        announcement: Box<RegisterFunction>,
        handler: Handler,
        acknowledge: oneshot::Sender<Registered>,
    ) {
        let id = announcement.id.clone();
        let added = self
            .registry
            .add_function(announcement, handler, acknowledge);
        if let Some(message) = added
            && self.link.is_live()
        {
            self.link.send(&message);
            if !self.link.acknowledges() {
                self.registry.function_registered(&id);
            }
        }
    }

    pub(super) fn unregister_function(&mut self, id: Text) {
        if self.registry.remove_function(&id) {
            self.link
                .send(&Message::UnregisterFunction(UnregisterFunction { id }));
        }
    }

    pub(super) fn register_trigger(
        &mut self,
        announcement: Box<RegisterTrigger>,
        status: watch::Sender<TriggerStatus>,
    ) {
        let added = self.registry.add_trigger(announcement, status);
        if let Some(message) = added
            && self.link.is_live()
        {
            self.link.send(&message);
            if !self.link.acknowledges() {
                self.registry.assume_registered();
            }
        }
    }

    pub(super) fn unregister_trigger(&mut self, id: Text) {
        if let Some(trigger_type) = self.registry.remove_trigger(&id) {
            self.link
                .send(&Message::UnregisterTrigger(UnregisterTrigger {
                    id,
                    trigger_type: Some(trigger_type),
                }));
        }
    }

    pub(super) fn register_trigger_type(
        &mut self,
        announcement: Box<RegisterTriggerType>,
        handler: Arc<dyn TriggerHandler>,
        acknowledge: oneshot::Sender<Registered>,
    ) {
        let added = self.providers.add(announcement, handler, acknowledge);
        if let Some(message) = added
            && self.link.is_live()
        {
            self.link.send(&message);
            if !self.link.acknowledges() {
                self.providers.assume_registered();
            }
        }
    }

    pub(super) fn unregister_trigger_type(&mut self, id: &Text) {
        if let Some(message) = self.providers.retire(id) {
            self.link.send(&message);
            self.advance_providers();
        }
    }

    pub(super) fn drain(&mut self) {
        if !self.draining {
            self.draining = true;
            self.link.send(&Message::Drain(Drain::default()));
        }
    }

    /// A name or a function id is taken.
    pub(super) fn registration_rejected(
        &mut self,
        rejected: RegistrationRejected,
    ) -> Result<(), Ended> {
        let code = rejected.code.to_string();
        let message = rejected
            .message
            .as_ref()
            .map_or_else(|| explain(&rejected), Text::to_string);
        let conflict = ErrorCode::FunctionNamespaceConflict.as_str();
        match (rejected.trigger_type, rejected.function_id) {
            (Some(trigger_type), _) if code == conflict => {
                let id = trigger_type.to_string();
                let error = RegisterError::Refused { id, code, message };
                self.providers.refused(&trigger_type, error);
                Ok(())
            }
            (None, Some(function_id)) if code == conflict => {
                let id = function_id.to_string();
                let error = RegisterError::Refused { id, code, message };
                self.registry.function_refused(&function_id, error);
                Ok(())
            }
            _ => Err(Ended::Refused(Rejection { code, message })),
        }
    }

    /// The connection is refused. Codes of the catalogue that say "later" lead to another attempt.
    pub(super) fn connection_refused(error: &ErrorMessage) -> Ended {
        let body = ErrorBody::from_payload(&error.error);
        let later = ErrorCode::from_wire(&body.code).is_some_and(ErrorCode::retryable);
        if later {
            Ended::Lost(body.message.to_string())
        } else {
            Ended::Refused(Rejection {
                code: body.code.to_string(),
                message: body.message.to_string(),
            })
        }
    }
}

/// `{"type":"void"}`
pub(crate) fn void_action() -> Payload {
    Payload::from_trusted(bytes::Bytes::from_static(br#"{"type":"void"}"#))
}

fn decode(secret: &Text) -> Option<Vec<u8>> {
    STANDARD.decode(secret.as_bytes()).ok()
}

fn explain(rejected: &RegistrationRejected) -> String {
    let namespace = &rejected.namespace;
    let known = ErrorCode::from_wire(&rejected.code);
    let hint = known.map_or("ask whoever runs the engine", ErrorCode::hint);
    match (&rejected.function_id, &rejected.worker_name) {
        (Some(id), _) => format!("function `{id}` is taken in namespace `{namespace}`; {hint}"),
        (None, Some(name)) => {
            format!("worker `{name}` is taken in namespace `{namespace}`; {hint}")
        }
        (None, None) => format!("refused in namespace `{namespace}`; {hint}"),
    }
}
