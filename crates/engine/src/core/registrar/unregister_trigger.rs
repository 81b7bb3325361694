//! A worker ends a trigger: only its own registration; the trigger ends with the last.

use super::Registrar;
use super::binding::retract;
use super::indexes::remove_from;
use super::register_trigger::sameness_of;
use crate::core::catalog::Owner;
use crate::core::effect::Effect;
use crate::core::ids::{SessionId, TriggerKey};
use iii_protocol::{Text, UnregisterTrigger};
use std::sync::Arc;

pub(super) fn unregister_trigger(
    registrar: &mut Registrar,
    session: SessionId,
    message: &UnregisterTrigger,
    effects: &mut Vec<Effect>,
) {
    remove_registration(registrar, session, &message.id, effects);
}

/// Removes one session's registration, and the trigger when nobody else wants it.
pub(super) fn remove_registration(
    registrar: &mut Registrar,
    session: SessionId,
    id: &Text,
    effects: &mut Vec<Effect>,
) {
    let Some(key) = registrar
        .indexes
        .registrations
        .remove(&(session, id.clone()))
    else {
        return;
    };
    let Some(trigger) = registrar.catalog.triggers.get_mut(&key) else {
        return;
    };
    let mut wanted = false;
    if let Owner::Worker { registrations, .. } = &mut Arc::make_mut(trigger).owner {
        registrations.retain(|known| !(known.session == session && known.id == *id));
        wanted = !registrations.is_empty();
    }
    registrar.changed();
    if !wanted {
        remove(registrar, key, effects);
    }
}

/// Ends a trigger.
pub(super) fn remove(registrar: &mut Registrar, key: TriggerKey, effects: &mut Vec<Effect>) {
    let Some(trigger) = registrar.catalog.triggers.remove(&key) else {
        return;
    };
    retract(registrar, &trigger, None, effects);
    registrar.indexes.provider_ids.remove(&trigger.id);
    remove_from(&mut registrar.indexes.by_type, &trigger.trigger_type, &key);
    match sameness_of(&trigger) {
        Some(sameness) => remove_from(&mut registrar.indexes.same, &sameness, &key),
        None => registrar.indexes.engine_triggers -= 1,
    }
    registrar.changed();
}
