//! Receives the telemetry that clients send, in the place of the worker that would store it.

use anyhow::Result;
use iii_kit::{
    Client, Context, HandlerError, InitOptions, Payload, RegisterFunction, register_worker,
};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// The function that the engine hands telemetry frames to.
const INGEST: &str = "engine::telemetry::ingest";

/// Counts frames by their kind.
pub struct Collector {
    client: Client,
    frames: Arc<Mutex<BTreeMap<String, usize>>>,
}

impl Collector {
    /// Connects as a trusted worker.
    ///
    /// # Errors
    /// The engine refuses it.
    pub async fn start(
        url: &str,
        operator_token: String,
        ca_file: Option<PathBuf>,
    ) -> Result<Self> {
        let mut options = InitOptions::new("compat-collector");
        options.token = Some(operator_token);
        options.ca_file = ca_file;
        let client = register_worker(url, options)?;
        let frames = Arc::new(Mutex::new(BTreeMap::new()));
        let counted = Arc::clone(&frames);
        let ingest = RegisterFunction::raw(move |body: Option<Payload>, context: Context| {
            let kind = kind_of(&context, body.as_ref());
            *counted
                .lock()
                .expect("nobody panics")
                .entry(kind)
                .or_insert(0) += 1;
            async { Ok::<Option<Payload>, HandlerError>(None) }
        });
        client.register_function(INGEST, ingest).await?;
        Ok(Self { client, frames })
    }

    /// How many frames of each kind came, and ends.
    pub async fn stop(self) -> BTreeMap<String, usize> {
        self.client.shutdown().await;
        self.frames.lock().expect("nobody panics").clone()
    }
}

/// The frame's prefix, when the body is what the prefix promises.
fn kind_of(context: &Context, body: Option<&Payload>) -> String {
    let read = |payload: &Payload| serde_json::from_slice(payload.as_bytes()).unwrap_or_default();
    let metadata: serde_json::Value = context.metadata().map(read).unwrap_or_default();
    let body: serde_json::Value = body.map(read).unwrap_or_default();
    let kind = metadata["kind"].as_str().unwrap_or("no kind");
    let promised = match kind {
        "OTLP" => "resourceSpans",
        "MTRC" => "resourceMetrics",
        "LOGS" => "resourceLogs",
        _ => "nothing",
    };
    if body[promised].is_array() {
        kind.to_owned()
    } else {
        format!("{kind} without {promised}")
    }
}
