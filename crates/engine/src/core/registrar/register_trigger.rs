//! A worker binds a trigger. Equal registrations by replicas are one trigger.

use super::binding::rebind;
use super::indexes::Sameness;
use super::trigger_result::answer;
use super::unregister_trigger::remove_registration;
use super::{Registrar, canonical};
use crate::core::DEFAULT_NAMESPACE;
use crate::core::catalog::{Binding, Owner, Registration, Trigger, Worker};
use crate::core::effect::Effect;
use crate::core::ids::{SessionId, TriggerKey};
use iii_protocol::{ErrorBody, ErrorCode, Payload, RegisterTrigger, Text};
use std::sync::Arc;

pub(super) fn register_trigger(
    registrar: &mut Registrar,
    session: SessionId,
    message: &RegisterTrigger,
    effects: &mut Vec<Effect>,
) {
    let Some(worker) = registrar.worker(session).cloned() else {
        return;
    };
    // The same id again is a replacement.
    remove_registration(registrar, session, &message.id, effects);
    let registration = Registration {
        session,
        id: message.id.detach(),
    };
    let limit = registrar.limits.triggers_per_session_max;
    if registrar.indexes.registrations_of(session).len() >= limit {
        let text = format!("{limit} triggers reach `triggers_per_session_max`");
        let error = ErrorBody::new(ErrorCode::TriggerRegistrationFailed, text).to_payload();
        answer(
            &registration,
            &message.trigger_type,
            &message.function_id,
            Some(error),
            effects,
        );
        return;
    }
    let sameness = sameness(&worker, message);
    let key = match joinable(registrar, &sameness, session) {
        Some(key) => join(registrar, key, registration.clone()),
        None => create(registrar, &worker, message, &registration, &sameness),
    };
    registrar
        .indexes
        .registrations
        .insert((session, registration.id), key);
    registrar.changed();
    rebind(registrar, key, None, effects);
    acknowledge_if_settled(registrar, key, session, &message.id, effects);
}

fn sameness(worker: &Worker, message: &RegisterTrigger) -> Sameness {
    Sameness {
        worker_name: worker.name.clone(),
        worker_namespace: worker.namespace.clone(),
        trigger_type: message.trigger_type.detach(),
        trigger_namespace: message.trigger_namespace.as_ref().map(Text::detach),
        function_id: message.function_id.detach(),
        namespace: function_namespace(message),
        config: canonical(&message.config),
        metadata: message.metadata.as_ref().map(canonical),
    }
}

pub(super) fn function_namespace(message: &RegisterTrigger) -> Text {
    message
        .namespace
        .as_ref()
        .map_or(Text::from_static(DEFAULT_NAMESPACE), Text::detach)
}

/// An equal trigger of another replica. Two equal ones of one session stay two.
fn joinable(registrar: &Registrar, sameness: &Sameness, session: SessionId) -> Option<TriggerKey> {
    let mut keys = registrar.indexes.same.get(sameness)?.iter();
    keys.find(|key| {
        let trigger = registrar.catalog.triggers.get(*key);
        trigger.is_some_and(|trigger| match &trigger.owner {
            Owner::Worker { registrations, .. } => {
                !registrations.iter().any(|known| known.session == session)
            }
            Owner::Engine { .. } => false,
        })
    })
    .copied()
}

fn join(registrar: &mut Registrar, key: TriggerKey, registration: Registration) -> TriggerKey {
    if let Some(trigger) = registrar.catalog.triggers.get_mut(&key)
        && let Owner::Worker { registrations, .. } = &mut Arc::make_mut(trigger).owner
    {
        registrations.push(registration);
    }
    key
}

fn create(
    registrar: &mut Registrar,
    worker: &Worker,
    message: &RegisterTrigger,
    registration: &Registration,
    sameness: &Sameness,
) -> TriggerKey {
    let owner = Owner::Worker {
        name: worker.name.clone(),
        namespace: worker.namespace.clone(),
        registrations: vec![registration.clone()],
    };
    let key = insert(registrar, message, owner);
    registrar
        .indexes
        .same
        .entry(sameness.clone())
        .or_default()
        .insert(key);
    key
}

/// Puts a new trigger into the catalog, parked.
pub(super) fn insert(
    registrar: &mut Registrar,
    message: &RegisterTrigger,
    owner: Owner,
) -> TriggerKey {
    registrar.next_trigger += 1;
    let key = TriggerKey(registrar.next_trigger);
    let mut id = message.id.detach();
    if registrar.indexes.provider_ids.contains_key(&id) {
        // Registrants choose ids independently; providers must be able to tell triggers apart.
        id = format!("{id}~{}", key.0).into();
    }
    registrar.indexes.provider_ids.insert(id.clone(), key);
    let trigger_type = message.trigger_type.detach();
    registrar
        .indexes
        .by_type
        .entry(trigger_type.clone())
        .or_default()
        .insert(key);
    let trigger = Trigger {
        key,
        id,
        trigger_type,
        trigger_namespace: message.trigger_namespace.as_ref().map(Text::detach),
        function_id: message.function_id.detach(),
        namespace: function_namespace(message),
        config: message.config.detach(),
        metadata: message.metadata.as_ref().map(Payload::detach),
        owner,
        binding: Binding::Parked { error: None },
    };
    registrar.catalog.triggers.insert(key, Arc::new(trigger));
    key
}

/// Who serves the trigger may have answered before this replica joined, and nobody answers for a
/// parked trigger: the registrant is told at once.
fn acknowledge_if_settled(
    registrar: &Registrar,
    key: TriggerKey,
    session: SessionId,
    id: &Text,
    effects: &mut Vec<Effect>,
) {
    let Some(trigger) = registrar.catalog.triggers.get(&key) else {
        return;
    };
    let error = match &trigger.binding {
        Binding::Pending { .. } => return,
        Binding::Bound { .. } => None,
        Binding::Parked { error } => error.clone(),
    };
    let registration = Registration {
        session,
        id: id.clone(),
    };
    answer(
        &registration,
        &trigger.trigger_type,
        &trigger.function_id,
        error,
        effects,
    );
}

/// The sameness of a trigger that is in the catalog already.
pub(super) fn sameness_of(trigger: &Trigger) -> Option<Sameness> {
    let Owner::Worker {
        name, namespace, ..
    } = &trigger.owner
    else {
        return None;
    };
    Some(Sameness {
        worker_name: name.clone(),
        worker_namespace: namespace.clone(),
        trigger_type: trigger.trigger_type.clone(),
        trigger_namespace: trigger.trigger_namespace.clone(),
        function_id: trigger.function_id.clone(),
        namespace: trigger.namespace.clone(),
        config: canonical(&trigger.config),
        metadata: trigger.metadata.as_ref().map(canonical),
    })
}
