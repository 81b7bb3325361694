//! Functions.

use crate::behaviour::{self, Behaviour};
use crate::driver::{Answer, Shared};
use crate::failure::Failure;
use crate::line::Json;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;

#[derive(Deserialize)]
struct Register {
    client: String,
    function: String,
    behaviour: Behaviour,
    description: Option<String>,
    #[serde(default)]
    metadata: Json,
    #[serde(default)]
    request_format: Json,
    #[serde(default)]
    response_format: Json,
    timeout_ms: Option<u64>,
    #[serde(default)]
    exclusive: bool,
}

#[derive(Deserialize)]
struct Unregister {
    client: String,
    function: String,
}

pub(crate) async fn register(shared: &Arc<Shared>, request: &str) -> Answer {
    let wanted: Register = serde_json::from_str(request)?;
    let session = shared.session(&wanted.client)?;
    let mut function = behaviour::function(shared, wanted.behaviour);
    if let Some(description) = wanted.description {
        function = function.description(description);
    }
    if let Some(metadata) = wanted.metadata.value() {
        function = function.metadata(&metadata);
    }
    if let Some(schema) = wanted.request_format.value() {
        function = function.request_format(&schema);
    }
    if let Some(schema) = wanted.response_format.value() {
        function = function.response_format(&schema);
    }
    if let Some(timeout) = wanted.timeout_ms {
        function = function.timeout(Duration::from_millis(timeout));
    }
    if wanted.exclusive {
        function = function.exclusive();
    }
    let registered = session
        .client
        .register_function(wanted.function.clone(), function)
        .await?;
    let mut functions = session.functions.lock();
    functions.insert(wanted.function, registered);
    Ok(None)
}

pub(crate) async fn unregister(shared: &Shared, request: &str) -> Answer {
    let wanted: Unregister = serde_json::from_str(request)?;
    let session = shared.session(&wanted.client)?;
    let function = session.functions.lock().remove(&wanted.function);
    let function = function.ok_or_else(|| Failure::unknown("function", &wanted.function))?;
    function.unregister().await?;
    Ok(None)
}
