//! The trace that a task works for.

use crate::published::context::invocation_trace;
use crate::telemetry::{current_trace, within};
use crate::trace::span_id;
use crate::{TraceContext, trace_id};
use std::future::Future;

tokio::task_local! {
    /// The trace of a span, or one that was captured elsewhere.
    static TRACE: Option<TraceContext>;
}

/// The trace this task works for: that of the innermost span, as OpenTelemetry knows it or as it
/// was made here, or else of the invocation.
pub(in crate::published) fn active_trace() -> Option<TraceContext> {
    let named = || TRACE.try_with(Clone::clone);
    current_trace().or_else(|| named().unwrap_or_else(|_| invocation_trace()))
}

/// Runs `work` for a trace.
pub(super) fn within_trace<F: Future>(
    trace: Option<TraceContext>,
    work: F,
) -> impl Future<Output = F::Output> {
    let work = within(trace.as_ref(), work);
    TRACE.scope(trace, work)
}

/// The trace id, 32 hexadecimal digits; `None` outside of spans and invocations.
///
/// ```
/// use iii_kit::published::iii_helpers::observability::current_trace_id;
/// assert_eq!(current_trace_id(), None);
/// ```
pub fn current_trace_id() -> Option<String> {
    trace_id(&active_trace()?).map(str::to_owned)
}

/// The span id, 16 hexadecimal digits: that of the innermost span, or else of the span that the
/// invocation's caller works in.
pub fn current_span_id() -> Option<String> {
    span_id(&active_trace()?).map(str::to_owned)
}

/// The trace as the text of a `traceparent` header line.
pub fn inject_traceparent() -> Option<String> {
    active_trace()?.traceparent.map(|text| text.to_string())
}

/// The trace of the task that captured it, for a task that it spawns.
#[derive(Clone)]
pub struct CapturedContext(Option<TraceContext>);

impl CapturedContext {
    /// Runs `work` for the trace.
    pub async fn attach<F, T>(self, work: F) -> T
    where
        F: Future<Output = T>,
    {
        within_trace(self.0, work).await
    }
}

/// Takes hold of the trace this task works for.
///
/// ```
/// use iii_kit::published::iii_helpers::observability::capture_otel_context;
/// # async fn handler() {
/// let trace = capture_otel_context();
/// tokio::spawn(trace.attach(async { /* calls made here continue the trace */ }));
/// # }
/// ```
pub fn capture_otel_context() -> CapturedContext {
    CapturedContext(active_trace())
}
