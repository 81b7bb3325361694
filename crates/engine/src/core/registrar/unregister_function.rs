//! A worker takes a function back. Calls it runs may finish.

use super::Registrar;
use super::indexes::remove_from;
use crate::core::catalog::FunctionKey;
use crate::core::ids::SessionId;
use iii_protocol::Text;
use std::sync::Arc;

pub(super) fn unregister_function(registrar: &mut Registrar, session: SessionId, id: &Text) {
    let Some(worker) = registrar.worker(session) else {
        return;
    };
    let key = FunctionKey {
        id: id.clone(),
        namespace: worker.namespace.clone(),
    };
    let offered = registrar.indexes.functions.get(&session);
    if !offered.is_some_and(|offered| offered.contains(id)) {
        return;
    }
    remove_replica(registrar, session, &key);
    remove_from(&mut registrar.indexes.functions, &session, id);
    registrar.update_worker(session, |worker| worker.functions -= 1);
    registrar.changed();
}

/// Takes one session out of a function's replicas; the function ends with the last.
pub(super) fn remove_replica(registrar: &mut Registrar, session: SessionId, key: &FunctionKey) {
    let Some(function) = registrar.catalog.functions.get(key) else {
        return;
    };
    let mut replicas = function.replicas.clone();
    replicas.retain(|replica| replica.session != session);
    if replicas.len() == function.replicas.len() {
        return;
    }
    if replicas.is_empty() {
        registrar.catalog.functions.remove(key);
    } else {
        let function = Arc::new(function.with_replicas(replicas));
        registrar.catalog.functions.insert(key.clone(), function);
    }
    registrar.announcements.functions();
    registrar.changed();
}
