//! A worker says who it is. Its session decides whether name and namespace still count.

use super::Registrar;
use super::announce::Change;
use crate::core::catalog::WorkerDetails;
use crate::core::ids::SessionId;
use iii_protocol::Text;
use std::sync::Arc;

pub(super) fn name_worker(
    registrar: &mut Registrar,
    session: SessionId,
    details: Arc<WorkerDetails>,
) {
    let Some(worker) = registrar.worker(session) else {
        return;
    };
    let worker_id = worker.worker_id.clone();
    registrar.update_worker(session, |worker| {
        if let Some(name) = &details.name {
            worker.name = name.detach();
        }
        if let Some(namespace) = &details.namespace {
            worker.namespace = namespace.detach();
        }
        worker.named = true;
        worker.kit = details.is_kit();
        worker.details = detached(&details);
    });
    registrar
        .announcements
        .worker(Change::MetadataUpdated, &worker_id);
    registrar.changed();
}

/// What is kept must not hold the frame it was read from.
fn detached(details: &WorkerDetails) -> Arc<WorkerDetails> {
    let detach = |text: &Option<Text>| text.as_ref().map(Text::detach);
    Arc::new(WorkerDetails {
        name: None,
        namespace: None,
        description: detach(&details.description),
        runtime: detach(&details.runtime),
        version: detach(&details.version),
        os: detach(&details.os),
        pid: details.pid,
        isolation: detach(&details.isolation),
        telemetry: details
            .telemetry
            .as_ref()
            .map(iii_protocol::Payload::detach),
        features: details.features.iter().map(Text::detach).collect(),
    })
}
