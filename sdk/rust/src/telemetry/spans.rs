//! Spans, made by the provider that the program has installed.

use super::texts::attribute;
use opentelemetry::global::{self, BoxedTracer};
use opentelemetry::trace::{
    Span, SpanBuilder, SpanContext, SpanId, Status, TraceContextExt, TraceFlags, TraceId,
    TraceState, Tracer,
};
use opentelemetry::{Context as OtelContext, InstrumentationScope};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// What makes our spans, in every language.
const SCOPE: &str = "iii-kit";

/// How something ended that has a span.
pub(super) struct Failure<'a> {
    /// For programs.
    pub(super) code: Option<&'a str>,
    pub(super) message: &'a str,
}

/// Begins a span below `parent`. `None`, and `describe` is not asked, where nobody makes spans.
pub(super) fn begin(
    parent: &OtelContext,
    describe: impl FnOnce() -> SpanBuilder,
) -> Option<OtelContext> {
    let tracer = tracer()?;
    let span = describe().start_with_context(&tracer, parent);
    let (made, above) = (span.span_context(), parent.span());
    // A provider that was shut down gives spans without identity, none at all gives the parent's.
    let is_own = made.is_valid() && made.span_id() != above.span_context().span_id();
    is_own.then(|| parent.with_span(span))
}

/// Ends the span of a context.
pub(super) fn end(context: &OtelContext, failure: Option<&Failure<'_>>) {
    let span = context.span();
    if let Some(failure) = failure {
        let mut exception = vec![attribute("exception.message", failure.message)];
        if let Some(code) = failure.code {
            span.set_attribute(attribute("error.type", code));
            exception.push(attribute("exception.type", code));
        }
        span.add_event("exception", exception);
        span.set_status(Status::error(failure.message.to_owned()));
    }
    span.end();
}

/// The tracer of the program, if it has one. A provider may be installed or replaced at any time,
/// so this looks anew.
fn tracer() -> Option<BoxedTracer> {
    static FOUND: AtomicBool = AtomicBool::new(false);
    let scope = InstrumentationScope::builder(SCOPE);
    let scope = scope.with_version(env!("CARGO_PKG_VERSION")).build();
    let tracer = global::tracer_with_scope(scope);
    if !FOUND.load(Ordering::Relaxed) {
        if !makes_spans(&tracer) {
            return None;
        }
        FOUND.store(true, Ordering::Relaxed);
    }
    Some(tracer)
}

/// Whether there is more behind a tracer than the API: that one hands the parent's identity on,
/// whereas an SDK that is asked to keep quiet makes a span without any. Nothing is recorded.
fn makes_spans(tracer: &BoxedTracer) -> bool {
    static QUIET: OnceLock<OtelContext> = OnceLock::new();
    let quiet = QUIET.get_or_init(|| {
        let identity = SpanContext::new(
            TraceId::from(1),
            SpanId::from(1),
            TraceFlags::NOT_SAMPLED,
            true,
            TraceState::NONE,
        );
        let context = OtelContext::new().with_remote_span_context(identity);
        context.with_telemetry_suppressed()
    });
    let span = tracer.build_with_context(SpanBuilder::default(), quiet);
    span.span_context() != quiet.span().span_context()
}
