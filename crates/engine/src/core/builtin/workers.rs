//! `engine::workers::*`: who is connected.

use super::render::{BoundTriggerView, FunctionView, TypeView, WorkerView, raw, triggers_of};
use super::{Reply, Request, done, not_found};
use crate::core::DEFAULT_NAMESPACE;
use crate::core::authorizer::not_blank;
use crate::core::catalog::{Snapshot, Worker, WorkerDetails};
use crate::core::session::name;
use iii_protocol::{ErrorBody, Payload, Text};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// Longest name or description kept, in characters.
const SHOWN_MAX: usize = 280;

#[derive(Deserialize)]
struct RegisterInput {
    name: Option<String>,
    namespace: Option<String>,
    description: Option<String>,
    runtime: Option<String>,
    version: Option<String>,
    os: Option<String>,
    pid: Option<u64>,
    isolation: Option<String>,
    telemetry: Option<Box<RawValue>>,
    features: Option<Vec<String>>,
}

pub(super) fn register(request: &mut Request<'_>) -> Result<Reply, ErrorBody> {
    let input: RegisterInput = request.input()?;
    not_blank(input.namespace.as_deref())?;
    let clean = |text: Option<String>| {
        text.map(|text| shown(&text))
            .filter(|text| !text.is_empty())
    };
    let details = WorkerDetails {
        name: clean(input.name),
        namespace: input.namespace.map(Text::from),
        description: clean(input.description),
        runtime: clean(input.runtime),
        version: clean(input.version),
        os: clean(input.os),
        pid: input.pid,
        isolation: clean(input.isolation),
        telemetry: input
            .telemetry
            .map(|raw| Payload::from_trusted(String::from(Box::<str>::from(raw)).into())),
        features: input
            .features
            .unwrap_or_default()
            .into_iter()
            .map(Text::from)
            .collect(),
    };
    let (catalog, now) = (request.catalog, request.now);
    name(request.session, details, catalog, now, request.effects)?;
    done(&json!({ "success": true }))
}

/// Without control and text-direction characters, and not longer than people read.
fn shown(text: &str) -> Text {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .filter(|c| !hidden(*c))
        .take(SHOWN_MAX)
        .collect::<String>()
        .into()
}

#[derive(Serialize)]
struct ListOutput<'a> {
    workers: Vec<WorkerView<'a>>,
}

pub(super) fn list(request: &mut Request<'_>) -> Result<Reply, ErrorBody> {
    let workers = listed(request.catalog).map(WorkerView::of).collect();
    done(&ListOutput { workers })
}

/// Connections that never said what process they are, such as a command that makes one call, are
/// left out.
fn listed(catalog: &Snapshot) -> impl Iterator<Item = &Worker> {
    let workers = catalog.workers.values().map(AsRef::as_ref);
    workers.filter(|worker: &&Worker| worker.in_process || worker.details.pid.is_some())
}

#[derive(Deserialize)]
struct InfoInput {
    name: String,
    namespace: Option<String>,
}

pub(super) fn info(request: &mut Request<'_>) -> Result<Reply, ErrorBody> {
    let input: InfoInput = request.input()?;
    let namespace = input.namespace.as_deref().unwrap_or(DEFAULT_NAMESPACE);
    let catalog = request.catalog;
    let replicas: Vec<&Worker> = listed(catalog)
        .filter(|worker| worker.name == *input.name && worker.namespace == *namespace)
        .collect();
    let Some(worker) = replicas.first() else {
        return Err(not_found(format!(
            "Worker '{}' is not connected.",
            input.name
        )));
    };
    let functions: Vec<FunctionView<'_>> = catalog
        .functions
        .values()
        .filter(|f| f.worker_name == *input.name && f.namespace == *namespace)
        .map(|function| FunctionView::of(function))
        .collect();
    let trigger_types: Vec<TypeView<'_>> = catalog
        .trigger_types
        .values()
        .filter(|known| known.worker_name == *input.name && known.namespace == *namespace)
        .map(|known| TypeView::of(known))
        .collect();
    let registered_triggers: Vec<Value> = replicas
        .iter()
        .flat_map(|replica| triggers_of(catalog, replica.session))
        .map(|trigger| {
            let view = BoundTriggerView {
                id: &trigger.id,
                trigger_type: &trigger.trigger_type,
                config: raw(Some(&trigger.config)),
            };
            json!({ "function_id": &*trigger.function_id, "trigger": view })
        })
        .collect();
    done(&json!({
        "worker": WorkerView::of(worker),
        "replicas": replicas.iter().map(|w| WorkerView::of(w)).collect::<Vec<_>>(),
        "functions": functions,
        "trigger_types": trigger_types,
        "registered_triggers": registered_triggers,
    }))
}
