//! Calls, and giving them up.

use crate::driver::{Answer, Shared, payload};
use crate::line::{Json, filled};
use iii_kit::{CancellationToken, RawTriggerRequest, TriggerAction};
use serde::Deserialize;
use std::time::Duration;

#[derive(Deserialize)]
struct Trigger {
    client: String,
    function: String,
    #[serde(default)]
    data: Json,
    fill: Option<usize>,
    #[serde(default)]
    metadata: Json,
    namespace: Option<String>,
    timeout_ms: Option<u64>,
    action: Option<Action>,
    attempt: Option<u64>,
    #[serde(default)]
    delivery: Json,
    signal: Option<String>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Action {
    Void,
    Enqueue { queue: String },
}

#[derive(Deserialize)]
struct Abort {
    signal: String,
}

pub(crate) async fn trigger(shared: &Shared, request: &str) -> Answer {
    let wanted: Trigger = serde_json::from_str(request)?;
    let session = shared.session(&wanted.client)?;
    let data = wanted.fill.map(filled).or_else(|| wanted.data.payload());
    let mut call = RawTriggerRequest::new(wanted.function, data);
    call.metadata = wanted.metadata.payload();
    call.namespace = wanted.namespace.map(Into::into);
    call.timeout = wanted.timeout_ms.map(Duration::from_millis);
    call.action = wanted.action.map(|action| match action {
        Action::Void => TriggerAction::Void,
        Action::Enqueue { queue } => TriggerAction::Enqueue { queue },
    });
    call.attempt = wanted.attempt;
    call.delivery = wanted.delivery.payload();
    call.cancel = wanted.signal.map(|name| signal(shared, name));
    Ok(payload(session.client.trigger_raw(call).await?.as_ref()))
}

pub(crate) fn abort(shared: &Shared, request: &str) -> Answer {
    let wanted: Abort = serde_json::from_str(request)?;
    signal(shared, wanted.signal).cancel();
    Ok(None)
}

fn signal(shared: &Shared, name: String) -> CancellationToken {
    shared.signals.lock().entry(name).or_default().clone()
}
