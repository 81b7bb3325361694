//! How catalog entries look as JSON.

use crate::core::catalog::{Binding, Function, Snapshot, Trigger, TriggerType, Worker};
use crate::core::ids::SessionId;
use iii_protocol::Payload;
use serde::Serialize;
use serde_json::value::RawValue;

/// A payload as it is.
pub(super) fn raw(payload: Option<&Payload>) -> Option<&RawValue> {
    serde_json::from_slice(payload?.as_bytes()).ok()
}

#[derive(Serialize)]
pub(super) struct FunctionView<'a> {
    pub(super) function_id: &'a str,
    pub(super) namespace: &'a str,
    pub(super) worker_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) metadata: Option<&'a RawValue>,
    /// How many sessions run it.
    pub(super) replicas: usize,
}

impl<'a> FunctionView<'a> {
    pub(super) fn of(function: &'a Function) -> Self {
        let details = function.details.as_deref();
        Self {
            function_id: &function.id,
            namespace: &function.namespace,
            worker_name: &function.worker_name,
            description: details.and_then(|details| details.description.as_deref()),
            metadata: details.and_then(|details| raw(details.metadata.as_ref())),
            replicas: function.replicas.len(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct BoundTriggerView<'a> {
    pub(super) id: &'a str,
    pub(super) trigger_type: &'a str,
    pub(super) config: Option<&'a RawValue>,
}

#[derive(Serialize)]
pub(super) struct FunctionInfo<'a> {
    #[serde(flatten)]
    pub(super) function: FunctionView<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) request_schema: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) response_schema: Option<&'a RawValue>,
    pub(super) exclusive: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) timeout_ms: Option<u64>,
    pub(super) registered_triggers: Vec<BoundTriggerView<'a>>,
}

impl<'a> FunctionInfo<'a> {
    pub(super) fn of(function: &'a Function, catalog: &'a Snapshot) -> Self {
        let details = function.details.as_deref();
        let bound = catalog.triggers.values().filter(|trigger| {
            trigger.function_id == function.id && trigger.namespace == function.namespace
        });
        Self {
            function: FunctionView::of(function),
            request_schema: details.and_then(|details| raw(details.request_format.as_ref())),
            response_schema: details.and_then(|details| raw(details.response_format.as_ref())),
            exclusive: function.exclusive,
            timeout_ms: function.timeout_ms,
            registered_triggers: bound
                .map(|trigger| BoundTriggerView {
                    id: &trigger.id,
                    trigger_type: &trigger.trigger_type,
                    config: raw(Some(&trigger.config)),
                })
                .collect(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct TypeView<'a> {
    pub(super) id: &'a str,
    pub(super) namespace: &'a str,
    pub(super) worker_name: &'a str,
    pub(super) description: &'a str,
}

impl<'a> TypeView<'a> {
    pub(super) fn of(trigger_type: &'a TriggerType) -> Self {
        Self {
            id: &trigger_type.id,
            namespace: &trigger_type.namespace,
            worker_name: &trigger_type.worker_name,
            description: trigger_type
                .details
                .description
                .as_deref()
                .unwrap_or_default(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct TriggerView<'a> {
    pub(super) id: &'a str,
    pub(super) trigger_type: &'a str,
    pub(super) function_id: &'a str,
    pub(super) namespace: &'a str,
    pub(super) worker_name: String,
    pub(super) config: Option<&'a RawValue>,
    pub(super) config_summary: String,
    /// `bound`, `pending` (the provider has not answered), `parked` (there is no provider) or
    /// `refused`.
    pub(super) status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<&'a RawValue>,
}

impl<'a> TriggerView<'a> {
    pub(super) fn of(trigger: &'a Trigger) -> Self {
        let (status, error) = match &trigger.binding {
            Binding::Bound { .. } => ("bound", None),
            Binding::Pending { .. } => ("pending", None),
            Binding::Parked { error: None } => ("parked", None),
            Binding::Parked { error } => ("refused", raw(error.as_ref())),
        };
        Self {
            id: &trigger.id,
            trigger_type: &trigger.trigger_type,
            function_id: &trigger.function_id,
            namespace: &trigger.namespace,
            worker_name: trigger.worker_name().to_string(),
            config: raw(Some(&trigger.config)),
            config_summary: summary(&trigger.config),
            status,
            error,
        }
    }
}

/// The first 80 characters.
fn summary(config: &Payload) -> String {
    const SHOWN: usize = 80;
    let whole = String::from_utf8_lossy(config.as_bytes());
    match whole.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &whole[..at]),
        None => whole.into_owned(),
    }
}

#[derive(Serialize)]
pub(super) struct WorkerView<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) namespace: &'a str,
    pub(super) description: Option<&'a str>,
    pub(super) version: Option<&'a str>,
    pub(super) runtime: Option<&'a str>,
    pub(super) os: Option<&'a str>,
    pub(super) status: &'static str,
    pub(super) function_count: usize,
    pub(super) connected_at_ms: u64,
    pub(super) active_invocations: u32,
    pub(super) isolation: Option<&'a str>,
    pub(super) ip_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pid: Option<u64>,
    pub(super) internal: bool,
}

impl<'a> WorkerView<'a> {
    pub(super) fn of(worker: &'a Worker) -> Self {
        let details = &worker.details;
        Self {
            id: &worker.worker_id,
            name: &worker.name,
            namespace: &worker.namespace,
            description: details.description.as_deref(),
            version: details.version.as_deref(),
            runtime: if worker.in_process {
                Some("engine")
            } else {
                details.runtime.as_deref()
            },
            os: details.os.as_deref(),
            status: if worker.draining {
                "draining"
            } else {
                "connected"
            },
            function_count: worker.functions,
            connected_at_ms: worker.connected_at_ms,
            active_invocations: worker.load.get(),
            isolation: if worker.in_process {
                Some("in-process")
            } else {
                details.isolation.as_deref()
            },
            ip_address: worker.address.map(|address| address.to_string()),
            pid: details.pid,
            internal: worker.in_process,
        }
    }
}

/// Triggers that a worker's session registered.
pub(super) fn triggers_of(
    catalog: &Snapshot,
    session: SessionId,
) -> impl Iterator<Item = &Trigger> {
    use crate::core::catalog::Owner;
    catalog
        .triggers
        .values()
        .map(AsRef::as_ref)
        .filter(move |trigger| match &trigger.owner {
            Owner::Worker { registrations, .. } => registrations
                .iter()
                .any(|registration| registration.session == session),
            Owner::Engine { .. } => false,
        })
}
