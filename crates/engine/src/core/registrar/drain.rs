//! A worker is about to leave: no new calls, running ones may finish.

use super::Registrar;
use super::unregister_function::remove_replica;
use crate::core::catalog::FunctionKey;
use crate::core::ids::SessionId;

pub(super) fn drain(registrar: &mut Registrar, session: SessionId) {
    let Some(worker) = registrar.worker(session) else {
        return;
    };
    let namespace = worker.namespace.clone();
    registrar.update_worker(session, |worker| worker.draining = true);
    let offered = registrar
        .indexes
        .functions
        .get(&session)
        .cloned()
        .unwrap_or_default();
    for id in offered {
        remove_replica(
            registrar,
            session,
            &FunctionKey {
                id,
                namespace: namespace.clone(),
            },
        );
    }
    registrar.changed();
}
