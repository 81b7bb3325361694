//! A worker offers a function: as its owner, as one more replica, or not at all.

use super::Registrar;
use crate::core::catalog::{Function, FunctionKey, Replica, Worker};
use crate::core::effect::Effect;
use crate::core::ids::SessionId;
use iii_protocol::{
    ErrorCode, FunctionRegistered, Message, RegisterFunction, RegistrationRejected, Text,
};
use std::sync::Arc;

pub(super) fn register_function(
    registrar: &mut Registrar,
    session: SessionId,
    message: &RegisterFunction,
    effects: &mut Vec<Effect>,
) {
    let Some(worker) = registrar.worker(session).cloned() else {
        return;
    };
    let id = message.id.detach();
    if worker.draining {
        let text = "the worker is draining and takes no new calls".to_owned();
        reject(&worker, &id, Text::new(), text, effects);
        return;
    }
    let offered = registrar.indexes.functions.entry(session).or_default();
    let limit = registrar.limits.functions_per_session_max;
    if offered.len() >= limit && !offered.contains(&id) {
        let text = format!("{limit} functions reach `functions_per_session_max`");
        reject(&worker, &id, Text::new(), text, effects);
        return;
    }
    let key = FunctionKey {
        id: id.clone(),
        namespace: worker.namespace.clone(),
    };
    let before = registrar.catalog.functions.get(&key);
    if let Some(owned) = before.filter(|function| function.worker_name != worker.name) {
        let owner = owned
            .replicas
            .first()
            .and_then(|r| registrar.worker(r.session));
        let owner_id = owner.map_or_else(Text::new, |owner| owner.worker_id.clone());
        let text = format!("`{id}` belongs to the worker `{}`", owned.worker_name);
        reject(&worker, &id, owner_id, text, effects);
        return;
    }
    let mut replicas = before.map_or_else(Vec::new, |function| function.replicas.clone());
    if !replicas.iter().any(|replica| replica.session == session) {
        replicas.push(Replica {
            session,
            load: Arc::clone(&worker.load),
        });
    }
    let function = Function::new(
        message,
        worker.namespace.clone(),
        worker.name.clone(),
        replicas,
    );
    registrar.catalog.functions.insert(key, Arc::new(function));
    if registrar
        .indexes
        .functions
        .entry(session)
        .or_default()
        .insert(id.clone())
    {
        registrar.update_worker(session, |worker| worker.functions += 1);
    }
    registrar.announcements.functions();
    registrar.changed();
    if worker.kit {
        let registered = FunctionRegistered {
            id,
            namespace: worker.namespace.clone(),
        };
        let message = Message::FunctionRegistered(registered);
        effects.push(Effect::Send {
            to: session,
            message,
        });
    }
}

fn reject(worker: &Worker, id: &Text, owner: Text, text: String, effects: &mut Vec<Effect>) {
    let rejected = RegistrationRejected {
        code: ErrorCode::FunctionNamespaceConflict.as_str().into(),
        namespace: worker.namespace.clone(),
        worker_name: None,
        function_id: Some(id.clone()),
        owner_worker_id: owner,
        message: Some(text.into()),
    };
    let message = Message::RegistrationRejected(Box::new(rejected));
    effects.push(Effect::Send {
        to: worker.session,
        message,
    });
}
