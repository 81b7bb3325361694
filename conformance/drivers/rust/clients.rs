//! Clients.

use crate::driver::{Answer, Shared};
use crate::failure::Failure;
use crate::providers::Provider;
use crate::{line, tasks};
use iii_kit::{
    Client, ConnectionState, ConnectionStates, FunctionRef, InitOptions, Limits, TriggerTypeRef,
    register_worker,
};
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// A client and what was registered with it.
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) functions: Mutex<HashMap<String, FunctionRef>>,
    pub(crate) providers: Mutex<HashMap<String, (TriggerTypeRef, Arc<Provider>)>>,
}

#[derive(Deserialize)]
struct Connect {
    client: String,
    url: String,
    name: Option<String>,
    namespace: Option<String>,
    description: Option<String>,
    token: Option<String>,
    invocation_timeout_ms: Option<u64>,
    offline_calls_max: Option<usize>,
    heartbeat_ms: Option<u64>,
    #[serde(default)]
    development: bool,
}

#[derive(Deserialize)]
struct Named {
    client: String,
}

pub(crate) fn connect(shared: &Shared, request: &str) -> Answer {
    let wanted: Connect = serde_json::from_str(request)?;
    let mut limits = Limits::default();
    if let Some(timeout) = wanted.invocation_timeout_ms {
        limits.call_timeout = Duration::from_millis(timeout);
    }
    if let Some(calls) = wanted.offline_calls_max {
        limits.offline_calls_max = calls;
    }
    if let Some(heartbeat) = wanted.heartbeat_ms {
        limits.heartbeat = Duration::from_millis(heartbeat);
    }
    let options = InitOptions {
        worker_name: wanted.name,
        worker_description: wanted.description,
        namespace: wanted.namespace,
        token: wanted.token,
        development: wanted.development,
        limits,
        ..InitOptions::default()
    };
    let client = register_worker(&wanted.url, options)?;
    tasks::spawn(tell(wanted.client.clone(), client.connection_states()));
    let session = Session {
        client,
        functions: Mutex::default(),
        providers: Mutex::default(),
    };
    let mut clients = shared.clients.lock();
    clients.insert(wanted.client, Arc::new(session));
    Ok(None)
}

/// Every state a client comes to, as an event.
async fn tell(client: String, mut states: ConnectionStates) {
    while let Some(state) = states.next().await {
        let state = match state {
            ConnectionState::Connecting => "connecting",
            ConnectionState::Connected => "connected",
            ConnectionState::Reconnecting => "reconnecting",
            ConnectionState::Failed(_) => "failed",
            ConnectionState::Closed => "closed",
            _ => "unknown",
        };
        line::write(&json!({ "event": "state", "client": client, "state": state }));
    }
}

pub(crate) async fn shutdown(shared: &Shared, request: &str) -> Answer {
    let wanted: Named = serde_json::from_str(request)?;
    let session = shared.clients.lock().remove(&wanted.client);
    let session = session.ok_or_else(|| Failure::unknown("client", &wanted.client))?;
    session.client.shutdown().await;
    Ok(None)
}
