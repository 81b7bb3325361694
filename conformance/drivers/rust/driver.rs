//! One short arm for each operation.

use crate::behaviour::Holds;
use crate::channels::Ends;
use crate::clients::Session;
use crate::failure::Failure;
use crate::line::{self, Head};
use crate::{calls, channels, clients, functions, providers, triggers};
use iii_kit::{CancellationToken, Payload, TriggerRef};
use parking_lot::Mutex;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Everything the runner gave a name to.
#[derive(Clone)]
pub(crate) struct Driver {
    pub(crate) shared: Arc<Shared>,
}

#[derive(Default)]
pub(crate) struct Shared {
    pub(crate) clients: Mutex<HashMap<String, Arc<Session>>>,
    pub(crate) triggers: Mutex<HashMap<String, TriggerRef>>,
    pub(crate) signals: Mutex<HashMap<String, CancellationToken>>,
    pub(crate) ends: Ends,
    pub(crate) holds: Holds,
}

/// A result; none is none.
pub(crate) type Answer = Result<Option<Box<RawValue>>, Failure>;

#[derive(Serialize)]
struct Reply {
    id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    ok: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Failure>,
}

impl Driver {
    pub(crate) fn new() -> Self {
        Self {
            shared: Arc::new(Shared::default()),
        }
    }

    /// Does what a request asks for, and answers.
    pub(crate) async fn answer(&self, request: &str) {
        let Ok(Head { id, op }) = serde_json::from_str(request) else {
            return;
        };
        let (ok, error) = match self.perform(&op, request).await {
            Ok(ok) => (ok, None),
            Err(failure) => (None, Some(failure)),
        };
        line::write(&Reply { id, ok, error });
    }

    async fn perform(&self, op: &str, request: &str) -> Answer {
        let shared = &self.shared;
        match op {
            "about" => about(),
            "connect" => clients::connect(shared, request),
            "shutdown" => clients::shutdown(shared, request).await,
            "register_function" => functions::register(shared, request).await,
            "unregister_function" => functions::unregister(shared, request).await,
            "trigger" => calls::trigger(shared, request).await,
            "abort" => calls::abort(shared, request),
            "release" => shared.holds.release(request),
            "register_trigger_type" => providers::register(shared, request).await,
            "unregister_trigger_type" => providers::unregister(shared, request).await,
            "fire" => providers::fire(shared, request).await,
            "register_trigger" => triggers::register(shared, request).await,
            "unregister_trigger" => triggers::unregister(shared, request).await,
            "create_channel" => channels::create(shared, request).await,
            "mint_channel" => channels::mint(shared, request),
            "open_writer" => channels::open_writer(shared, request),
            "open_reader" => channels::open_reader(shared, request),
            "write" => channels::write(shared, request).await,
            "read" => channels::read(shared, request).await,
            "read_all" => channels::read_all(shared, request).await,
            "close" => channels::close(shared, request).await,
            "abort_end" => channels::abort(shared, request).await,
            _ => Err(Failure::unknown("operation", op)),
        }
    }

    /// The runner has no more requests.
    pub(crate) async fn shut_down_all(&self) {
        let sessions: Vec<_> = self.shared.clients.lock().values().cloned().collect();
        for session in sessions {
            // Handlers that hold would be waited for; nobody lets them go any more.
            session.client.shutdown_within(Duration::ZERO).await;
        }
    }
}

impl Shared {
    pub(crate) fn session(&self, name: &str) -> Result<Arc<Session>, Failure> {
        let session = self.clients.lock().get(name).cloned();
        session.ok_or_else(|| Failure::unknown("client", name))
    }
}

/// A JSON value as an answer.
pub(crate) fn value(value: &Value) -> Answer {
    Ok(Some(serde_json::value::to_raw_value(value)?))
}

/// A payload as an answer, its text untouched.
pub(crate) fn payload(payload: Option<&Payload>) -> Option<Box<RawValue>> {
    payload.and_then(line::raw)
}

fn about() -> Answer {
    value(&json!({
        "language": "rust",
        "sdk": "iii-kit",
        "version": env!("CARGO_PKG_VERSION"),
        "features": ["mint", "number_text", "read_pressure", "refused_upgrade"],
    }))
}
