//! Triggers.

use crate::driver::{Answer, Shared};
use crate::failure::Failure;
use crate::line::Json;
use iii_kit::RegisterTriggerInput;
use serde::Deserialize;

#[derive(Deserialize)]
struct Register {
    client: String,
    trigger: String,
    trigger_type: String,
    function: String,
    #[serde(default)]
    config: Json,
    #[serde(default)]
    metadata: Json,
    namespace: Option<String>,
}

#[derive(Deserialize)]
struct Unregister {
    trigger: String,
}

pub(crate) async fn register(shared: &Shared, request: &str) -> Answer {
    let wanted: Register = serde_json::from_str(request)?;
    let session = shared.session(&wanted.client)?;
    let config = wanted.config.value().unwrap_or_default();
    let mut trigger = RegisterTriggerInput::new(wanted.trigger_type, wanted.function, &config);
    trigger.metadata = wanted.metadata.payload();
    trigger.namespace = wanted.namespace.map(Into::into);
    let registered = session.client.register_trigger(trigger).await?;
    shared.triggers.lock().insert(wanted.trigger, registered);
    Ok(None)
}

pub(crate) async fn unregister(shared: &Shared, request: &str) -> Answer {
    let wanted: Unregister = serde_json::from_str(request)?;
    let trigger = shared.triggers.lock().remove(&wanted.trigger);
    let trigger = trigger.ok_or_else(|| Failure::unknown("trigger", &wanted.trigger))?;
    trigger.unregister().await?;
    Ok(None)
}
