//! A connection enters the catalog, still unnamed.

use super::Registrar;
use super::announce::Change;
use crate::core::catalog::Worker;
use std::sync::Arc;

pub(super) fn connect(registrar: &mut Registrar, worker: Worker) {
    registrar
        .indexes
        .sessions
        .insert(worker.worker_id.clone(), worker.session);
    registrar
        .announcements
        .worker(Change::Connected, &worker.worker_id);
    registrar
        .catalog
        .workers
        .insert(worker.session, Arc::new(worker));
    registrar.changed();
}
