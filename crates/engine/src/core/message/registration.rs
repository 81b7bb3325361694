//! Registrations: authorized here, carried out by the registrar.

use super::register_trigger::register_trigger;
use super::registry;
use crate::core::authorizer::{Refusal, Request};
use crate::core::effect::Effect;
use crate::core::registrar::Event;
use crate::core::session::Session;
use iii_protocol::{Message, RegisterTriggerType, RegistrationRejected, Text};

/// Hands a registration to the registrar if the session may make it.
pub(super) fn register(session: &Session, message: Message, effects: &mut Vec<Effect>) {
    let id = session.id;
    match message {
        Message::RegisterFunction(function) => {
            let request = Request::RegisterFunction {
                function_id: &function.id,
            };
            match session.authorize(request) {
                Ok(()) => registry(
                    effects,
                    Event::RegisterFunction {
                        session: id,
                        function,
                    },
                ),
                Err(refusal) => reject(session, Kind::Function, &function.id, &refusal, effects),
            }
        }
        Message::UnregisterFunction(function) => {
            registry(
                effects,
                Event::UnregisterFunction {
                    session: id,
                    id: function.id,
                },
            );
        }
        Message::RegisterTriggerType(kind) => register_trigger_type(session, kind, effects),
        Message::UnregisterTriggerType(trigger_type) => {
            registry(
                effects,
                Event::UnregisterTriggerType {
                    session: id,
                    trigger_type,
                },
            );
        }
        Message::RegisterTrigger(trigger) => register_trigger(session, trigger, effects),
        Message::UnregisterTrigger(trigger) => {
            registry(
                effects,
                Event::UnregisterTrigger {
                    session: id,
                    trigger,
                },
            );
        }
        _ => {}
    }
}

fn register_trigger_type(
    session: &Session,
    trigger_type: Box<RegisterTriggerType>,
    effects: &mut Vec<Effect>,
) {
    let request = Request::RegisterTriggerType {
        trigger_type: &trigger_type.id,
    };
    let named = not_blank(trigger_type.namespace.as_ref());
    match named.and_then(|()| session.authorize(request)) {
        Ok(()) => {
            let event = Event::RegisterTriggerType {
                session: session.id,
                trigger_type,
            };
            registry(effects, event);
        }
        Err(refusal) => reject(
            session,
            Kind::TriggerType,
            &trigger_type.id,
            &refusal,
            effects,
        ),
    }
}

fn not_blank(namespace: Option<&Text>) -> Result<(), Refusal> {
    if namespace.is_some_and(|namespace| namespace.trim().is_empty()) {
        return Err(Refusal {
            code: iii_protocol::ErrorCode::InvalidNamespace,
            message: "the namespace is blank".to_owned(),
        });
    }
    Ok(())
}

/// What is refused.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Function,
    TriggerType,
}

/// Refuses one registration; the connection goes on.
pub(super) fn reject(
    session: &Session,
    kind: Kind,
    id: &Text,
    refusal: &Refusal,
    effects: &mut Vec<Effect>,
) {
    // Clients take every other code as the end of the connection.
    let rejected = RegistrationRejected {
        code: iii_protocol::ErrorCode::FunctionNamespaceConflict
            .as_str()
            .into(),
        namespace: session.identity.namespace.clone(),
        worker_name: None,
        function_id: Some(id.clone()),
        trigger_type: matches!(kind, Kind::TriggerType).then(|| id.clone()),
        owner_worker_id: Text::new(),
        message: Some(refusal.message.as_str().into()),
    };
    session.send(Message::RegistrationRejected(Box::new(rejected)), effects);
}
