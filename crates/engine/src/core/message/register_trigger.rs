//! `registertrigger`: the worker wants a function run on events.

use super::registry;
use crate::core::authorizer::Request;
use crate::core::effect::Effect;
use crate::core::registrar::Event;
use crate::core::session::Session;
use iii_protocol::{ErrorBody, ErrorCode, Message, RegisterTrigger, TriggerRegistrationResult};

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
            let result = TriggerRegistrationResult {
                id: trigger.id,
                trigger_type: trigger.trigger_type,
                function_id: Some(trigger.function_id),
                error: Some(error.to_payload()),
            };
            session.send(
                Message::TriggerRegistrationResult(Box::new(result)),
                effects,
            );
        }
    }
}

fn check(session: &Session, trigger: &RegisterTrigger) -> Result<(), ErrorBody> {
    let blank = |namespace: &Option<iii_protocol::Text>| {
        namespace
            .as_ref()
            .is_some_and(|namespace| namespace.trim().is_empty())
    };
    if blank(&trigger.namespace) || blank(&trigger.trigger_namespace) {
        return Err(ErrorBody::new(
            ErrorCode::InvalidNamespace,
            "the namespace is blank",
        ));
    }
    let request = Request::RegisterTrigger {
        trigger_type: &trigger.trigger_type,
        function_id: &trigger.function_id,
    };
    session
        .authorize(request)
        .map_err(|refusal| ErrorBody::new(refusal.code, refusal.message))
}
