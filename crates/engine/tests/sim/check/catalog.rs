//! The catalog equals the model's: workers, functions with one owning name and their replicas,
//! trigger types with their providers, triggers with who wants and who serves them.

use crate::coverage::Coverage;
use crate::model::{Bound, Model, Owner, Trigger};
use iii_engine::core::SessionId;
use iii_engine::core::Snapshot;
use iii_engine::core::catalog::{self, Binding, FunctionKey};

/// Compares, and lets the model learn the ids that only the engine can make.
pub(crate) fn check(catalog: &Snapshot, model: &mut Model, coverage: &mut Coverage) {
    workers(catalog, model);
    functions(catalog, model, coverage);
    types(catalog, model);
    triggers(catalog, model, coverage);
}

fn workers(catalog: &Snapshot, model: &Model) {
    assert_eq!(catalog.workers.len(), model.workers.len(), "workers");
    for wanted in &model.workers {
        let Some(found) = catalog.workers.get(&wanted.session) else {
            panic!("{:?} is not in the catalog", wanted.session);
        };
        assert_eq!(found.name, wanted.name, "name of {:?}", wanted.session);
        assert_eq!(
            found.namespace, wanted.namespace,
            "namespace of {:?}",
            wanted.session
        );
        assert_eq!(found.named, wanted.named, "named {:?}", wanted.session);
        assert_eq!(
            found.draining, wanted.draining,
            "draining {:?}",
            wanted.session
        );
        assert_eq!(found.kit, wanted.kit, "kit {:?}", wanted.session);
        let (functions, offered) = (found.functions, wanted.offered.len());
        assert_eq!(functions, offered, "functions of {:?}", wanted.session);
    }
}

fn functions(catalog: &Snapshot, model: &Model, coverage: &mut Coverage) {
    assert_eq!(catalog.functions.len(), model.functions.len(), "functions");
    for wanted in &model.functions {
        let key = FunctionKey {
            id: wanted.id.clone(),
            namespace: wanted.namespace.clone(),
        };
        let Some(found) = catalog.functions.get(&key) else {
            panic!("{key:?} is not in the catalog");
        };
        assert_eq!(found.worker_name, wanted.worker_name, "owner of {key:?}");
        assert_eq!(found.exclusive, wanted.exclusive, "exclusive {key:?}");
        assert_eq!(found.timeout_ms, wanted.timeout_ms, "timeout of {key:?}");
        let replicas: Vec<SessionId> = found.replicas.iter().map(|r| r.session).collect();
        assert_eq!(replicas, wanted.replicas, "replicas of {key:?}");
        if replicas.len() > 1 {
            coverage.met("catalog function of 2");
        }
    }
}

fn types(catalog: &Snapshot, model: &Model) {
    assert_eq!(
        catalog.trigger_types.len(),
        model.types.len(),
        "trigger types"
    );
    for wanted in &model.types {
        let key = FunctionKey {
            id: wanted.id.clone(),
            namespace: wanted.namespace.clone(),
        };
        let Some(found) = catalog.trigger_types.get(&key) else {
            panic!("trigger type {key:?} is not in the catalog");
        };
        assert_eq!(found.worker_name, wanted.worker_name, "owner of {key:?}");
        assert_eq!(found.providers, wanted.providers, "providers of {key:?}");
    }
}

fn triggers(catalog: &Snapshot, model: &mut Model, coverage: &mut Coverage) {
    assert_eq!(catalog.triggers.len(), model.triggers.len(), "triggers");
    for (at, found) in catalog.triggers.values().enumerate() {
        model.learn(at, &found.id);
    }
    for (found, wanted) in catalog.triggers.values().zip(&model.triggers) {
        assert_eq!(found.id, wanted.id, "id of {found:?}");
        trigger(found, wanted, coverage);
    }
    for wanted in &model.triggers {
        // No trigger is with a provider that has left: who serves it is who should.
        if let Bound::Pending(provider) | Bound::Bound(provider) = wanted.bound {
            let right = model.resolve(wanted);
            assert_eq!(right, Some(provider), "provider of `{}`", wanted.id);
        }
    }
}

fn trigger(found: &catalog::Trigger, wanted: &Trigger, coverage: &mut Coverage) {
    let id = &wanted.id;
    assert_eq!(found.trigger_type, wanted.kind, "type of `{id}`");
    assert_eq!(
        found.trigger_namespace, wanted.kind_namespace,
        "namespace for `{id}`"
    );
    assert_eq!(found.function_id, wanted.function_id, "function of `{id}`");
    assert_eq!(found.namespace, wanted.namespace, "namespace of `{id}`");
    let owner = match &found.owner {
        catalog::Owner::Worker {
            name,
            namespace,
            registrations,
        } => {
            let list = registrations.iter().map(|r| (r.session, r.id.clone()));
            Owner::Worker(name.clone(), namespace.clone(), list.collect())
        }
        // Until when a call waits is the model's own business.
        catalog::Owner::Engine { .. } => Owner::Engine(None),
    };
    let same = match (&owner, &wanted.owner) {
        (Owner::Engine(_), Owner::Engine(_)) => true,
        (owner, wanted) => owner == wanted,
    };
    assert!(same, "owner of `{id}`: {:?}", found.owner);
    let bound = match &found.binding {
        Binding::Parked { error: None } => Bound::Parked,
        Binding::Parked { .. } => Bound::Refused,
        Binding::Pending { provider } => Bound::Pending(*provider),
        Binding::Bound { provider } => Bound::Bound(*provider),
    };
    assert_eq!(bound, wanted.bound, "binding of `{id}`");
    match bound {
        Bound::Parked => coverage.met("catalog trigger parked"),
        Bound::Refused => coverage.met("catalog trigger refused"),
        Bound::Bound(_) => coverage.met("catalog trigger bound"),
        Bound::Pending(_) => {}
    }
    match owner {
        Owner::Engine(_) => coverage.met("catalog trigger of engine"),
        Owner::Worker(_, _, list) if list.len() > 1 => coverage.met("catalog trigger of 2"),
        Owner::Worker(..) => {}
    }
}
