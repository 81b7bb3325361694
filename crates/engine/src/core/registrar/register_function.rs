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
    if let Err(refusal) = check(registrar, &worker, &id) {
        reject(&worker, &id, refusal, effects);
        return;
    }
    put(registrar, &worker, message);
    let offered = registrar.indexes.functions.entry(session).or_default();
    if offered.insert(id.clone()) {
        registrar.update_worker(session, |worker| worker.functions += 1);
    }
    registrar.announcements.functions();
    registrar.changed();
    if worker.kit {
        let namespace = worker.namespace.clone();
        let message = Message::FunctionRegistered(FunctionRegistered { id, namespace });
        effects.push(Effect::Send {
            to: session,
            message,
        });
    }
}

/// Why a function is not taken.
struct Refusal {
    /// The owner's connection id, if that is the reason.
    owner: Text,
    text: String,
}

fn check(registrar: &Registrar, worker: &Worker, id: &Text) -> Result<(), Refusal> {
    let refused = |text: String| Refusal {
        owner: Text::new(),
        text,
    };
    if worker.draining {
        let text = "the worker is draining and takes no new calls".to_owned();
        return Err(refused(text));
    }
    let offered = registrar.indexes.functions.get(&worker.session);
    let limit = registrar.limits.functions_per_session_max;
    if offered.is_some_and(|offered| offered.len() >= limit && !offered.contains(id)) {
        let text = format!("{limit} functions reach `functions_per_session_max`");
        return Err(refused(text));
    }
    let owned = registrar.catalog.function(&worker.namespace, id);
    let Some(owned) = owned.filter(|function| function.worker_name != worker.name) else {
        return Ok(());
    };
    let first = owned.replicas.first();
    let first = first.and_then(|replica| registrar.worker(replica.session));
    Err(Refusal {
        owner: first.map_or_else(Text::new, |worker| worker.worker_id.clone()),
        text: format!("`{id}` belongs to the worker `{}`", owned.worker_name),
    })
}

/// Puts the function into the catalog, with this worker among its replicas.
fn put(registrar: &mut Registrar, worker: &Worker, message: &RegisterFunction) {
    let key = FunctionKey {
        id: message.id.detach(),
        namespace: worker.namespace.clone(),
    };
    let before = registrar.catalog.functions.get(&key);
    let mut replicas = before.map_or_else(Vec::new, |function| function.replicas.clone());
    let session = worker.session;
    if !replicas.iter().any(|replica| replica.session == session) {
        replicas.push(Replica {
            session,
            load: Arc::clone(&worker.load),
        });
    }
    let (namespace, name) = (worker.namespace.clone(), worker.name.clone());
    let function = Function::new(message, namespace, name, replicas);
    registrar.catalog.functions.insert(key, Arc::new(function));
}

fn reject(worker: &Worker, id: &Text, refusal: Refusal, effects: &mut Vec<Effect>) {
    let rejected = RegistrationRejected {
        code: ErrorCode::FunctionNamespaceConflict.as_str().into(),
        namespace: worker.namespace.clone(),
        worker_name: None,
        function_id: Some(id.clone()),
        trigger_type: None,
        owner_worker_id: refusal.owner,
        message: Some(refusal.text.into()),
    };
    let message = Message::RegistrationRejected(Box::new(rejected));
    effects.push(Effect::Send {
        to: worker.session,
        message,
    });
}
