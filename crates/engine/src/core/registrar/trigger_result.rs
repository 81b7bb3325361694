//! A provider accepts or refuses a trigger; whoever wants it is told.

use super::Registrar;
use super::binding::set_binding;
use super::engine_trigger;
use crate::core::catalog::{Binding, Owner, Registration};
use crate::core::effect::Effect;
use crate::core::ids::{SessionId, TriggerKey};
use iii_protocol::{Message, Payload, Text, TriggerRegistrationResult};

pub(super) fn trigger_result(
    registrar: &mut Registrar,
    session: SessionId,
    result: &TriggerRegistrationResult,
    effects: &mut Vec<Effect>,
) {
    if registrar.indexes.answered(session, &result.id) > 0 {
        // It was asked again under the same id; what counts is its answer to that.
        return;
    }
    let Some(key) = registrar.indexes.provider_ids.get(&result.id).copied() else {
        return;
    };
    let Some(trigger) = registrar.catalog.triggers.get(&key) else {
        return;
    };
    // Only the provider that was told about a trigger may answer for it.
    if trigger.binding.provider() != Some(session) || registrar.deferred.holds(key) {
        return;
    }
    let error = result.error.as_ref().map(Payload::detach);
    let binding = match &error {
        None => Binding::Bound { provider: session },
        Some(_) => Binding::Parked {
            error: error.clone(),
        },
    };
    set_binding(registrar, key, binding);
    tell(registrar, key, error, effects);
}

/// Tells everybody who wants a trigger how it stands.
pub(super) fn tell(
    registrar: &mut Registrar,
    key: TriggerKey,
    error: Option<Payload>,
    effects: &mut Vec<Effect>,
) {
    let Some(trigger) = registrar.catalog.triggers.get(&key).cloned() else {
        return;
    };
    match &trigger.owner {
        Owner::Worker { registrations, .. } => {
            for registration in registrations {
                let (kind, function) = (&trigger.trigger_type, &trigger.function_id);
                answer(registration, kind, function, error.clone(), effects);
            }
        }
        Owner::Engine { waiting } => {
            if let Some(call) = waiting {
                engine_trigger::answer(registrar, key, *call, error, effects);
            }
        }
    }
}

/// Tells one registrant how its registration went. Success is told too.
pub(super) fn answer(
    registration: &Registration,
    trigger_type: &Text,
    function_id: &Text,
    error: Option<Payload>,
    effects: &mut Vec<Effect>,
) {
    let result = TriggerRegistrationResult {
        id: registration.id.clone(),
        trigger_type: trigger_type.clone(),
        function_id: Some(function_id.clone()),
        error,
    };
    let message = Message::TriggerRegistrationResult(Box::new(result));
    effects.push(Effect::Send {
        to: registration.session,
        message,
    });
}
