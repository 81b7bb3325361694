//! What the engine sends. This file only dispatches.

use super::{Driver, Ended};
use crate::Error;
use iii_protocol::{DecodeError, DecodeErrorKind, ErrorBody, ErrorCode, InvocationResult, Message};
use iii_transport::Inbound;

impl Driver {
    pub(super) fn receive(&mut self, inbound: Inbound) -> Result<(), Ended> {
        match inbound {
            Inbound::Message(message) => self.message(message),
            Inbound::Malformed(error) => {
                self.malformed(&error);
                Ok(())
            }
            Inbound::Alive | Inbound::Telemetry { .. } => Ok(()),
        }
    }

    fn message(&mut self, message: Message) -> Result<(), Ended> {
        match message {
            Message::InvokeFunction(invoke) => self.invoked(invoke),
            Message::InvocationResult(result) => self.calls.answered(result, self.now),
            Message::CancelInvocation(cancel) => self.invocations.cancel(&cancel.invocation_id),
            Message::WorkerRegistered(greeting) => self.engine_greeted(*greeting),
            Message::FunctionRegistered(function) => {
                self.registry.function_registered(&function.id);
            }
            Message::TriggerTypeRegistered(trigger_type) => {
                self.providers.registered(&trigger_type.id);
            }
            Message::RegistrationRejected(rejected) => {
                return self.registration_rejected(*rejected);
            }
            Message::RegisterTrigger(trigger) => self.bind_trigger(*trigger),
            Message::UnregisterTrigger(trigger) => self.unbind_trigger(&trigger),
            Message::TriggerRegistrationResult(answer) => self.registry.trigger_answered(&answer),
            Message::Error(error) => return Err(Self::connection_refused(&error)),
            Message::Ping => self.link.send(&Message::Pong),
            Message::Drain(drain) => {
                let reason = drain.reason.as_deref().unwrap_or_default();
                tracing::info!(reason, "the engine asks this worker to leave");
            }
            // The rest is for engines only, or an answer to nothing.
            _ => {}
        }
        Ok(())
    }

    /// Whoever waits for a message that could not be read is told.
    fn malformed(&mut self, error: &DecodeError) {
        tracing::warn!(%error, "unreadable message from the engine");
        let Some(id) = &error.invocation_id else {
            return;
        };
        match error.message_type.as_deref() {
            Some("invokefunction") => {
                let code = match error.kind {
                    DecodeErrorKind::TooLarge { .. } => ErrorCode::PayloadTooLarge,
                    _ => ErrorCode::InvalidMessage,
                };
                self.link.send(&Message::InvocationResult(InvocationResult {
                    invocation_id: id.clone(),
                    error: Some(ErrorBody::new(code, error.to_string()).to_payload()),
                    ..InvocationResult::default()
                }));
            }
            Some("invocationresult") => {
                let answer = match error.kind {
                    DecodeErrorKind::TooLarge { size, limit } => Error::PayloadTooLarge {
                        size: usize::try_from(size).unwrap_or(usize::MAX),
                        limit: usize::try_from(limit).unwrap_or(usize::MAX),
                    },
                    _ => Error::Deserialization(error.to_string()),
                };
                self.calls.end_by_id(id, Err(answer));
            }
            _ => {}
        }
    }
}
