//! A worker stops providing a trigger type: a stand-by takes over, or its triggers are parked.

use super::Registrar;
use super::binding::rebind_type;
use super::indexes::remove_from;
use crate::core::catalog::FunctionKey;
use crate::core::effect::Effect;
use crate::core::ids::SessionId;
use iii_protocol::UnregisterTriggerType;
use std::sync::Arc;

pub(super) fn unregister_trigger_type(
    registrar: &mut Registrar,
    session: SessionId,
    message: &UnregisterTriggerType,
    effects: &mut Vec<Effect>,
) {
    let Some(worker) = registrar.worker(session) else {
        return;
    };
    let namespace = message
        .namespace
        .as_ref()
        .unwrap_or(&worker.namespace)
        .clone();
    let key = FunctionKey {
        id: message.id.clone(),
        namespace,
    };
    let place = (key.id.clone(), key.namespace.clone());
    remove_from(&mut registrar.indexes.types, &session, &place);
    if remove_provider(registrar, session, &key) {
        rebind_type(registrar, &key.id, None, effects);
    }
}

/// Takes one session out of a type's providers; says whether it was one. The type's triggers are
/// still to be bound anew.
pub(super) fn remove_provider(
    registrar: &mut Registrar,
    session: SessionId,
    key: &FunctionKey,
) -> bool {
    let Some(known) = registrar.catalog.trigger_types.get(key) else {
        return false;
    };
    if !known.providers.contains(&session) {
        return false;
    }
    registrar.deferred.forget(session, key.clone());
    let mut rest = known.as_ref().clone();
    rest.providers.retain(|provider| *provider != session);
    if rest.providers.is_empty() {
        registrar.catalog.trigger_types.remove(key);
    } else {
        registrar
            .catalog
            .trigger_types
            .insert(key.clone(), Arc::new(rest));
    }
    registrar.changed();
    true
}
