//! `engine::functions::*`: what can be called.

use super::render::{FunctionInfo, FunctionView};
use super::{BUILTINS, Reply, Request, done, not_found};
use crate::core::catalog::Snapshot;
use crate::core::{DEFAULT_NAMESPACE, RESERVED_PREFIX};
use iii_protocol::{ErrorBody, ErrorCode, Payload, Text};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Most functions described in one call.
const INFO_MAX: usize = 32;

#[derive(Deserialize)]
struct ListInput {
    search: Option<String>,
    prefix: Option<String>,
    worker: Option<String>,
    workers: Option<Vec<String>>,
    namespace: Option<String>,
    #[serde(default)]
    include_internal: bool,
}

#[derive(Serialize)]
struct ListOutput<'a> {
    functions: Vec<FunctionView<'a>>,
}

pub(super) fn list(request: &mut Request<'_>) -> Result<Reply, ErrorBody> {
    let input: ListInput = request.input()?;
    let builtins: Vec<(String, &str)> = if input.include_internal {
        BUILTINS
            .iter()
            .map(|builtin| {
                (
                    format!("{RESERVED_PREFIX}{}", builtin.verb),
                    builtin.description,
                )
            })
            .collect()
    } else {
        Vec::new()
    };
    let internal = builtins.iter().map(|(id, description)| FunctionView {
        function_id: id,
        namespace: DEFAULT_NAMESPACE,
        worker_name: "engine",
        description: Some(description),
        metadata: None,
        replicas: 1,
    });
    let catalog = request.catalog;
    // What first-party workers offer under the reserved prefix is as internal as what the engine
    // does itself.
    let is_listed = |view: &FunctionView<'_>| {
        input.include_internal || !view.function_id.starts_with(RESERVED_PREFIX)
    };
    let registered = catalog
        .functions
        .values()
        .map(|function| FunctionView::of(function))
        .filter(is_listed);
    let functions = internal
        .chain(registered)
        .filter(|view| matches(&input, view))
        .collect();
    done(&ListOutput { functions })
}

fn matches(input: &ListInput, view: &FunctionView<'_>) -> bool {
    let wanted_worker = |name: &str| {
        input.worker.as_deref().is_none_or(|worker| worker == name)
            && input
                .workers
                .as_ref()
                .is_none_or(|workers| workers.iter().any(|w| w == name))
    };
    input
        .prefix
        .as_deref()
        .is_none_or(|prefix| view.function_id.starts_with(prefix))
        && input
            .namespace
            .as_deref()
            .is_none_or(|namespace| namespace == view.namespace)
        && wanted_worker(view.worker_name)
        && input.search.as_deref().is_none_or(|search| {
            let search = search.to_lowercase();
            view.function_id.to_lowercase().contains(&search)
                || view
                    .description
                    .is_some_and(|text| text.to_lowercase().contains(&search))
        })
}

#[derive(Deserialize)]
struct InfoInput {
    function_id: Option<String>,
    function_ids: Option<Vec<String>>,
    namespace: Option<String>,
}

pub(super) fn info(request: &mut Request<'_>) -> Result<Reply, ErrorBody> {
    let input: InfoInput = request.input()?;
    let namespace = input.namespace.as_deref().unwrap_or(DEFAULT_NAMESPACE);
    let catalog = request.catalog;
    match (&input.function_id, &input.function_ids) {
        (Some(id), _) => match describe(catalog, namespace, id) {
            Some(info) => done(&info),
            None => Err(not_found(format!("Function '{id}' is not registered."))),
        },
        (None, Some(ids)) if ids.len() <= INFO_MAX => {
            let functions: Vec<Value> = ids
                .iter()
                .map(|id| {
                    describe(catalog, namespace, id)
                        .unwrap_or_else(|| json!({"function_id": id, "error": "not registered"}))
                })
                .collect();
            done(&json!({ "functions": functions }))
        }
        _ => {
            let message = format!("give `function_id`, or `function_ids` with at most {INFO_MAX}");
            Err(ErrorBody::new(ErrorCode::InvalidArguments, message))
        }
    }
}

fn describe(catalog: &Snapshot, namespace: &str, id: &str) -> Option<Value> {
    if let Some(verb) = id.strip_prefix(RESERVED_PREFIX)
        && let Some(builtin) = BUILTINS.iter().find(|builtin| builtin.verb == verb)
    {
        return Some(json!({
            "function_id": id, "namespace": DEFAULT_NAMESPACE, "worker_name": "engine",
            "description": builtin.description, "registered_triggers": [],
        }));
    }
    let function = catalog.function(&Text::from(namespace), &Text::from(id))?;
    serde_json::to_value(FunctionInfo::of(function, catalog)).ok()
}

/// What the trigger type `engine::functions-available` hands over.
pub(in crate::core) fn functions_available(catalog: &Snapshot) -> Payload {
    #[derive(Serialize)]
    struct Event<'a> {
        event: &'static str,
        functions: Vec<FunctionView<'a>>,
    }
    let functions = catalog
        .functions
        .values()
        .map(|function| FunctionView::of(function))
        .collect();
    let event = Event {
        event: "functions_changed",
        functions,
    };
    // Serializing plain structs with string keys cannot fail.
    let json = serde_json::to_vec(&event).unwrap_or_else(|_| b"null".to_vec());
    Payload::from_trusted(json.into())
}
