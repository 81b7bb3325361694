//! Log lines, traces and baggage.
//!
//! Trace context is real: a call continues the trace of the handler or span it is made in. Spans
//! are made by the tracer provider of OpenTelemetry that the program has installed. Without one
//! they go to `tracing`, where log lines go too, with the field names that its bridge to
//! OpenTelemetry reads (`otel.name`, `otel.kind`, `otel.status_code`).
//!
//! Nothing is exported from here, so [`init_otel`] says `false` and every [`OtelConfig`] is
//! accepted and not used. What is made of types of the `opentelemetry` crate is left out:
//! `extract_traceparent`, `extract_baggage`, `extract_context`, `set_baggage_entry`,
//! `remove_baggage_entry`, `BaggageSpanProcessor`, `execute_traced_request` and the crate itself.

mod baggage;
mod config;
mod logger;
mod payload;
mod span;
mod trace;

pub use baggage::{get_all_baggage, get_baggage_entry, inject_baggage, run_with_baggage};
pub use config::{OtelConfig, ReconnectionConfig, flush_otel, init_otel, shutdown_otel};
pub use logger::Logger;
pub use payload::{REDACTED_PLACEHOLDER, redact, redact_and_truncate, resolve_max_bytes_from_env};
pub use span::{
    SpanKind, current_span_is_recording, record_span_event, run_in_span,
    set_current_span_attribute, set_current_span_error, with_span,
};
pub(in crate::published) use trace::active_trace;
pub use trace::{
    CapturedContext, capture_otel_context, current_span_id, current_trace_id, inject_traceparent,
};
