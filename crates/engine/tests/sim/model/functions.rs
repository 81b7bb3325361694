//! Functions: one owning worker name for each id and namespace, its sessions the replicas.

use super::{Changed, Function, Model};
use crate::names;
use iii_engine::core::SessionId;
use iii_protocol::{RegisterFunction, Text, UnregisterFunction};

const CHANGED: Changed = Changed {
    worker: false,
    functions: true,
};

impl Model {
    pub(super) fn register_function(&mut self, session: SessionId, message: &RegisterFunction) {
        let worker = self.worker(session).expect("a session is a worker");
        let (name, namespace) = (worker.name.clone(), worker.namespace.clone());
        let (kit, draining, trusted) = (worker.kit, worker.draining, worker.trusted);
        let known = worker.offered.contains(&message.id);
        let full = worker.offered.len() >= names::limits().functions_per_session_max;
        let reserved = message.id.starts_with("engine::") && !trusted;
        let owner = self.function(&message.id, &namespace);
        let foreign = owner.is_some_and(|function| function.worker_name != name);
        if reserved || draining || foreign || (full && !known) {
            *self
                .rejected
                .entry((session, message.id.clone()))
                .or_default() += 1;
            if !reserved {
                self.event(Changed::default());
            }
            return;
        }
        let replicas = owner.map_or_else(Vec::new, |function| function.replicas.clone());
        self.functions
            .retain(|f| !(f.id == message.id && f.namespace == namespace));
        let mut function = Function {
            id: message.id.clone(),
            namespace,
            worker_name: name,
            replicas,
            exclusive: message.exclusive,
            timeout_ms: message.timeout_ms,
        };
        if !function.replicas.contains(&session) {
            function.replicas.push(session);
        }
        self.functions.push(function);
        if !known {
            self.worker_mut(session).offered.push(message.id.clone());
        }
        if kit {
            *self
                .accepted
                .entry((session, message.id.clone()))
                .or_default() += 1;
        }
        self.event(CHANGED);
    }

    pub(super) fn unregister_function(&mut self, session: SessionId, message: &UnregisterFunction) {
        let worker = self.worker_mut(session);
        let before = worker.offered.len();
        worker.offered.retain(|id| *id != message.id);
        let known = worker.offered.len() < before;
        let namespace = worker.namespace.clone();
        let functions = known && self.remove_replica(session, &message.id, &namespace);
        self.event(Changed {
            worker: false,
            functions,
        });
    }

    /// Takes a session out of everything it runs; says whether it ran anything.
    pub(super) fn remove_replicas(&mut self, session: SessionId) -> bool {
        let mut removed = false;
        for function in &mut self.functions {
            let before = function.replicas.len();
            function.replicas.retain(|replica| *replica != session);
            removed |= function.replicas.len() < before;
        }
        self.functions.retain(|f| !f.replicas.is_empty());
        removed
    }

    pub(super) fn remove_functions(&mut self, session: SessionId) -> bool {
        self.worker_mut(session).offered.clear();
        self.remove_replicas(session)
    }

    fn remove_replica(&mut self, session: SessionId, id: &Text, namespace: &Text) -> bool {
        let mut functions = self.functions.iter_mut();
        let Some(function) = functions.find(|f| f.id == *id && f.namespace == *namespace) else {
            return false;
        };
        let before = function.replicas.len();
        function.replicas.retain(|replica| *replica != session);
        let removed = function.replicas.len() < before;
        self.functions.retain(|f| !f.replicas.is_empty());
        removed
    }

    pub(crate) fn function(&self, id: &Text, namespace: &Text) -> Option<&Function> {
        let mut functions = self.functions.iter();
        functions.find(|f| f.id == *id && f.namespace == *namespace)
    }
}
