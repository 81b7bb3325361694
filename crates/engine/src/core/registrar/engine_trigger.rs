//! Triggers bound by a function call. They belong to no connection and stay until unbound so.

use super::Registrar;
use super::binding::rebind;
use super::register_trigger::insert;
use super::trigger_result::tell;
use super::unregister_trigger::remove;
use crate::core::catalog::{Binding, Owner};
use crate::core::effect::{Effect, Outcome};
use crate::core::ids::{CallKey, Moment, TriggerKey};
use crate::core::session::complete;
use iii_protocol::{ErrorCode, Payload, RegisterTrigger, Text, encode_text};
use std::sync::Arc;

/// How long the call waits for the provider's answer before it takes success for granted.
const ANSWER_TIMEOUT_MS: u64 = 10_000;

/// Binds a trigger; answers with its id once the provider has accepted, or at once when there is
/// no provider yet.
pub(super) fn bind(
    registrar: &mut Registrar,
    waiting: Option<CallKey>,
    namespace: &Text,
    message: &RegisterTrigger,
    now: Moment,
    effects: &mut Vec<Effect>,
) {
    let limit = registrar.limits.engine_triggers_max;
    if registrar.indexes.engine_triggers >= limit {
        if let Some(call) = waiting {
            let text = format!("{limit} triggers reach `engine_triggers_max`");
            complete(call, Outcome::failed(ErrorCode::Overloaded, text), effects);
        }
        return;
    }
    registrar.indexes.engine_triggers += 1;
    let mut message = message.clone();
    message.namespace = message.namespace.or_else(|| Some(namespace.clone()));
    let key = insert(registrar, &message, Owner::Engine { waiting });
    registrar.changed();
    rebind(registrar, key, None, effects);
    let Some(call) = waiting else { return };
    let pending = registrar.catalog.triggers.get(&key);
    if pending.is_some_and(|trigger| matches!(trigger.binding, Binding::Pending { .. })) {
        registrar
            .indexes
            .waiting
            .insert((now.after_ms(ANSWER_TIMEOUT_MS), key), call);
    } else {
        answer(registrar, key, call, None, effects);
    }
}

/// Ends such a trigger.
pub(super) fn unbind(
    registrar: &mut Registrar,
    waiting: Option<CallKey>,
    id: &Text,
    effects: &mut Vec<Effect>,
) {
    let key = registrar.indexes.provider_ids.get(id).copied();
    let owned = key.filter(|key| {
        let trigger = registrar.catalog.triggers.get(key);
        trigger.is_some_and(|trigger| matches!(trigger.owner, Owner::Engine { .. }))
    });
    if let Some(key) = owned {
        // Who still waits for it to be bound is not left waiting.
        tell(registrar, key, None, effects);
        remove(registrar, key, effects);
    }
    if let Some(call) = waiting {
        let json = if owned.is_some() {
            r#"{"removed":true}"#
        } else {
            r#"{"removed":false}"#
        };
        let result = Payload::from_trusted(json.as_bytes().into());
        complete(call, Outcome::done(Some(result)), effects);
    }
}

/// Ends the waiting of a call: with the trigger's id, or with the provider's refusal.
pub(super) fn answer(
    registrar: &mut Registrar,
    key: TriggerKey,
    call: CallKey,
    error: Option<Payload>,
    effects: &mut Vec<Effect>,
) {
    registrar
        .indexes
        .waiting
        .retain(|(_, waiting), _| *waiting != key);
    let mut id = Text::new();
    if let Some(trigger) = registrar.catalog.triggers.get_mut(&key) {
        id = trigger.id.clone();
        Arc::make_mut(trigger).owner = Owner::Engine { waiting: None };
    }
    if error.is_some() {
        remove(registrar, key, effects);
    }
    let mut json = b"{\"id\":".to_vec();
    encode_text(&id, &mut json);
    json.push(b'}');
    let result = error.is_none().then(|| Payload::from_trusted(json.into()));
    complete(
        call,
        Outcome {
            result,
            error,
            ..Outcome::default()
        },
        effects,
    );
}

/// Providers that do not answer in time are taken to have accepted.
pub(super) fn expire(registrar: &mut Registrar, now: Moment, effects: &mut Vec<Effect>) {
    while let Some(((until, key), call)) = registrar.indexes.waiting.pop_first() {
        if until > now {
            registrar.indexes.waiting.insert((until, key), call);
            return;
        }
        answer(registrar, key, call, None, effects);
    }
}
