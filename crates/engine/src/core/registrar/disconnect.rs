//! A connection has ended: everything it brought leaves the catalog.

use super::Registrar;
use super::announce::Change;
use super::binding::rebind_type;
use super::unregister_function::remove_replica;
use super::unregister_trigger::remove_registration;
use super::unregister_trigger_type::remove_provider;
use crate::core::catalog::FunctionKey;
use crate::core::effect::Effect;
use crate::core::ids::SessionId;
use std::collections::BTreeSet;

pub(super) fn disconnect(registrar: &mut Registrar, session: SessionId, effects: &mut Vec<Effect>) {
    let Some(worker) = registrar.worker(session).cloned() else {
        return;
    };
    for id in registrar
        .indexes
        .functions
        .remove(&session)
        .unwrap_or_default()
    {
        let key = FunctionKey {
            id,
            namespace: worker.namespace.clone(),
        };
        remove_replica(registrar, session, &key);
    }
    for (id, _) in registrar.indexes.registrations_of(session) {
        remove_registration(registrar, session, &id, effects);
    }
    // It leaves all its types before any trigger is bound anew: none may be bound to it again.
    let types = registrar.indexes.types.remove(&session);
    let mut left = BTreeSet::new();
    for (id, namespace) in types.unwrap_or_default() {
        let key = FunctionKey { id, namespace };
        if remove_provider(registrar, session, &key) {
            left.insert(key.id);
        }
    }
    for id in left {
        rebind_type(registrar, &id, Some(session), effects);
    }
    registrar.indexes.forgive(session);
    registrar.indexes.sessions.remove(&worker.worker_id);
    registrar.catalog.workers.remove(&session);
    registrar
        .announcements
        .worker(Change::Disconnected, &worker.worker_id);
    registrar.changed();
}
