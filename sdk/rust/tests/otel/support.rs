//! A provider for the process, whose spans are looked at by trace.

use iii_kit::opentelemetry::trace::{SpanContext, TraceContextExt, TraceId, Tracer};
use iii_kit::opentelemetry::{Context as OtelContext, Value, global};
use iii_kit::{Client, Context, HandlerError, RegisterFunction, TriggerRequest};
use iii_testkit::TestEngine;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The provider of this process, installed when it is first asked for.
pub(crate) fn provider() -> &'static SdkTracerProvider {
    &installed().0
}

fn installed() -> &'static (SdkTracerProvider, InMemorySpanExporter) {
    static INSTALLED: OnceLock<(SdkTracerProvider, InMemorySpanExporter)> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let memory = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_simple_exporter(memory.clone())
            .build();
        global::set_tracer_provider(provider.clone());
        (provider, memory)
    })
}

/// The spans of a trace that have ended, by name.
pub(crate) fn spans(trace: TraceId) -> BTreeMap<String, SpanData> {
    let spans = installed().1.get_finished_spans().unwrap().into_iter();
    let spans = spans.filter(|span| span.span_context.trace_id() == trace);
    spans.map(|span| (span.name.to_string(), span)).collect()
}

/// Each of the spans is below the one before.
pub(crate) fn are_a_line(spans: &BTreeMap<String, SpanData>, names: &[&str]) {
    for pair in names.windows(2) {
        let (above, below) = (&spans[pair[0]], &spans[pair[1]]);
        let parent = above.span_context.span_id();
        assert_eq!(
            below.parent_span_id, parent,
            "{} below {}",
            pair[1], pair[0]
        );
    }
}

/// An attribute of a span.
pub(crate) fn attribute(span: &SpanData, key: &str) -> Option<Value> {
    let found = span.attributes.iter().find(|pair| pair.key.as_str() == key);
    found.map(|pair| pair.value.clone())
}

/// A context with a span that begins a trace.
pub(crate) fn request(name: &'static str) -> (OtelContext, SpanContext) {
    provider();
    let tracer = global::tracer("program");
    let span = tracer.start_with_context(name, &OtelContext::new());
    let context = OtelContext::new().with_span(span);
    let identity = context.span().span_context().clone();
    (context, identity)
}

/// An engine with a worker and a caller.
pub(crate) async fn stage() -> (TestEngine, Client, Client) {
    let engine = TestEngine::start().await;
    let worker = engine.ws_client("worker").await;
    let caller = engine.client("caller").await;
    (engine, worker, caller)
}

/// Ends what [`stage`] began.
pub(crate) async fn end(engine: TestEngine, clients: [Client; 2]) {
    for client in clients {
        client.shutdown().await;
    }
    engine.stop().await;
}

/// A function that says in which trace, and below which span, it runs.
pub(crate) fn whereabouts() -> RegisterFunction {
    RegisterFunction::new(|(): (), context: Context| async move {
        let text = context.trace().traceparent.clone().unwrap_or_default();
        Ok::<_, HandlerError>(text.to_string())
    })
}

/// A call without input.
pub(crate) fn call(function_id: &'static str) -> TriggerRequest<()> {
    TriggerRequest::new(function_id, ())
}
