//! A worker provides a trigger type: it serves, or it stands by for a replica that serves.

use super::Registrar;
use super::binding::rebind_type;
use crate::core::catalog::{FunctionKey, TriggerType, TypeDetails};
use crate::core::effect::Effect;
use crate::core::ids::SessionId;
use iii_protocol::{
    ErrorCode, Message, RegisterTriggerType, RegistrationRejected, Text, TriggerTypeRegistered,
};
use std::sync::Arc;

pub(super) fn register_trigger_type(
    registrar: &mut Registrar,
    session: SessionId,
    message: &RegisterTriggerType,
    effects: &mut Vec<Effect>,
) {
    let Some(worker) = registrar.worker(session).cloned() else {
        return;
    };
    let namespace = message
        .namespace
        .as_ref()
        .unwrap_or(&worker.namespace)
        .detach();
    let key = FunctionKey {
        id: message.id.detach(),
        namespace,
    };
    let provided = registrar.indexes.types.get(&session);
    let place = (key.id.clone(), key.namespace.clone());
    let limit = registrar.limits.trigger_types_per_session_max;
    if provided.is_some_and(|provided| provided.len() >= limit && !provided.contains(&place)) {
        let text = format!("{limit} trigger types reach `trigger_types_per_session_max`");
        reject(session, key, Text::new(), text, effects);
        return;
    }
    let before = registrar.catalog.trigger_types.get(&key);
    if let Some(owned) = before.filter(|owned| owned.worker_name != worker.name) {
        let owner = owned.providers.first().and_then(|p| registrar.worker(*p));
        let owner = owner.map_or_else(Text::new, |owner| owner.worker_id.clone());
        let text = format!(
            "trigger type `{}` belongs to the worker `{}`",
            key.id, owned.worker_name
        );
        reject(session, key, owner, text, effects);
        return;
    }
    let mut providers = before.map_or_else(Vec::new, |known| known.providers.clone());
    if !providers.contains(&session) {
        providers.push(session);
        if !worker.kit {
            let settle_ms = registrar.limits.trigger_type_settle_ms;
            let ready = registrar.now.after_ms(settle_ms);
            registrar.deferred.settle(session, key.clone(), ready);
        }
    }
    let trigger_type = TriggerType {
        id: key.id.clone(),
        namespace: key.namespace.clone(),
        worker_name: worker.name.clone(),
        providers,
        details: Arc::new(TypeDetails::of(message)),
    };
    registrar
        .indexes
        .types
        .entry(session)
        .or_default()
        .insert(place);
    let id = key.id.clone();
    if worker.kit {
        acknowledge(session, &key, effects);
    }
    registrar
        .catalog
        .trigger_types
        .insert(key, Arc::new(trigger_type));
    registrar.changed();
    rebind_type(registrar, &id, None, effects);
}

/// Our own clients wait for this.
fn acknowledge(session: SessionId, key: &FunctionKey, effects: &mut Vec<Effect>) {
    let message = Message::TriggerTypeRegistered(TriggerTypeRegistered {
        id: key.id.clone(),
        namespace: key.namespace.clone(),
    });
    effects.push(Effect::Send {
        to: session,
        message,
    });
}

fn reject(
    session: SessionId,
    key: FunctionKey,
    owner: Text,
    text: String,
    effects: &mut Vec<Effect>,
) {
    let rejected = RegistrationRejected {
        code: ErrorCode::FunctionNamespaceConflict.as_str().into(),
        namespace: key.namespace,
        worker_name: None,
        function_id: Some(key.id.clone()),
        trigger_type: Some(key.id),
        owner_worker_id: owner,
        message: Some(text.into()),
    };
    effects.push(Effect::Send {
        to: session,
        message: Message::RegistrationRejected(Box::new(rejected)),
    });
}
