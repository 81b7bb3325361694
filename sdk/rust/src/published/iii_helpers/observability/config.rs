//! Settings of an exporter that is not there.

use std::collections::HashMap;

/// How an exporter would reconnect. Accepted and not used.
#[derive(Clone, Debug)]
pub struct ReconnectionConfig {
    /// First pause, in milliseconds.
    pub initial_delay_ms: u64,
    /// Longest pause, in milliseconds.
    pub max_delay_ms: u64,
    /// By how much a pause is longer than the one before.
    pub backoff_multiplier: f64,
    /// How much of a pause is left to chance.
    pub jitter_factor: f64,
    /// `None` tries for ever.
    pub max_retries: Option<u64>,
    /// Messages kept while there is no connection.
    pub max_pending_messages: usize,
}

impl Default for ReconnectionConfig {
    fn default() -> Self {
        Self {
            initial_delay_ms: 1000,
            max_delay_ms: 30_000,
            backoff_multiplier: 2.0,
            jitter_factor: 0.3,
            max_retries: None,
            max_pending_messages: 1000,
        }
    }
}

/// What telemetry would be exported, and how. Accepted and not used.
#[derive(Clone, Debug, Default)]
pub struct OtelConfig {
    /// Whether anything is exported.
    pub enabled: Option<bool>,
    /// The service's name.
    pub service_name: Option<String>,
    /// The service's version.
    pub service_version: Option<String>,
    /// The service's namespace.
    pub service_namespace: Option<String>,
    /// This one instance of the service.
    pub service_instance_id: Option<String>,
    /// The engine's address.
    pub engine_ws_url: Option<String>,
    /// Further header lines.
    pub engine_ws_headers: Option<HashMap<String, String>>,
    /// Whether metrics are exported.
    pub metrics_enabled: Option<bool>,
    /// How often, in milliseconds.
    pub metrics_export_interval_ms: Option<u64>,
    /// How it reconnects.
    pub reconnection_config: Option<ReconnectionConfig>,
    /// How long the end may take, in milliseconds.
    pub shutdown_timeout_ms: Option<u64>,
    /// Messages between exporter and connection.
    pub channel_capacity: Option<usize>,
    /// How often spans are sent, in milliseconds.
    pub spans_flush_interval_ms: Option<u64>,
    /// Whether log lines are exported.
    pub logs_enabled: Option<bool>,
    /// How often log lines are sent, in milliseconds.
    pub logs_flush_interval_ms: Option<u64>,
    /// How many log lines are sent at once.
    pub logs_batch_size: Option<usize>,
    /// Whether HTTP requests get spans.
    pub fetch_instrumentation_enabled: Option<bool>,
    /// Whether spans are sent when they begin.
    pub live_spans: Option<bool>,
}

/// Begins to export telemetry: never, hence `false`.
pub async fn init_otel(_config: OtelConfig) -> bool {
    false
}

/// Sends what is not sent yet: nothing.
pub async fn flush_otel() {}

/// Ends the export that never began.
pub async fn shutdown_otel() {}
