//! `registertrigger`: the worker wants a function run on events.

use super::registry;
use crate::core::authorizer::{Request, not_blank};
use crate::core::effect::Effect;
use crate::core::registrar::Event;
use crate::core::session::Session;
use iii_protocol::{ErrorBody, Message, RegisterTrigger, Text, TriggerRegistrationResult};

/// Hands the trigger to the registrar, or answers why not.
pub(super) fn register_trigger(
    session: &Session,
    trigger: Box<RegisterTrigger>,
    effects: &mut Vec<Effect>,
) {
    match check(session, &trigger) {
        Ok(()) => registry(
            effects,
            Event::RegisterTrigger {
                session: session.id,
                trigger,
            },
        ),
        Err(error) => {
            let (id, kind) = (trigger.id, trigger.trigger_type);
            refuse(
                session,
                id,
                kind,
                Some(trigger.function_id),
                &error,
                effects,
            );
        }
    }
}

/// Tells a registrant that its trigger was not taken.
pub(super) fn refuse(
    session: &Session,
    id: Text,
    trigger_type: Text,
    function_id: Option<Text>,
    error: &ErrorBody,
    effects: &mut Vec<Effect>,
) {
    let result = TriggerRegistrationResult {
        id,
        trigger_type,
        function_id,
        error: Some(error.to_payload()),
    };
    session.send(
        Message::TriggerRegistrationResult(Box::new(result)),
        effects,
    );
}

fn check(session: &Session, trigger: &RegisterTrigger) -> Result<(), ErrorBody> {
    not_blank(trigger.namespace.as_deref())?;
    not_blank(trigger.trigger_namespace.as_deref())?;
    let request = Request::RegisterTrigger {
        trigger_type: &trigger.trigger_type,
        function_id: &trigger.function_id,
    };
    session.authorize(request)?;
    Ok(())
}
