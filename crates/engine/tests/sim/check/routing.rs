//! Calls go only to a live replica that offers the function, and to one of the least busy.

use iii_engine::core::catalog::FunctionKey;
use iii_engine::core::{Deliver, SessionId, Snapshot};

/// A call was routed to `to` by a session that saw `catalog`. Its own load counts already.
pub(crate) fn check(deliver: &Deliver, to: SessionId, catalog: &Snapshot) {
    let function = &deliver.function;
    let key = FunctionKey {
        id: function.id.clone(),
        namespace: function.namespace.clone(),
    };
    let Some(known) = catalog.functions.get(&key) else {
        panic!("{key:?} was called and is not in the catalog");
    };
    let worker = catalog.workers.get(&to).expect("calls go to a worker");
    assert!(!worker.draining, "{to:?} takes no new calls");
    assert_eq!(worker.name, known.worker_name, "{key:?} belongs to another");
    let Some(chosen) = known.replicas.iter().find(|r| r.session == to) else {
        panic!("{to:?} does not offer {key:?}");
    };
    if known.exclusive {
        assert_eq!(known.replicas[0].session, to, "{key:?} is exclusive");
        return;
    }
    let before = chosen.load.get() - 1;
    let others = known.replicas.iter().filter(|r| r.session != to);
    let least = others.map(|replica| replica.load.get()).min();
    let least = least.unwrap_or(before);
    assert!(
        before <= least,
        "{to:?} runs {before} calls, another {least}"
    );
}
