//! Spans: parts of a trace, made by OpenTelemetry where the program has set it up, or else told to
//! `tracing`.

use super::trace::{active_trace, within_trace};
use crate::random::Random;
use crate::telemetry::{self, Section};
use crate::trace::{child_of, new_trace};
use crate::{TraceContext, trace_id};
use std::error::Error;
use std::future::Future;
use tracing::field::Empty;
use tracing::{Instrument, Span};

type Failure = Box<dyn Error + Send + Sync>;

/// What part a span has in a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SpanKind {
    /// It calls.
    Client,
    /// It is called.
    Server,
    /// It sends a message.
    Producer,
    /// It receives a message.
    Consumer,
    /// None.
    #[default]
    Internal,
}

impl SpanKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
            Self::Producer => "producer",
            Self::Consumer => "consumer",
            Self::Internal => "internal",
        }
    }
}

/// Runs `f` in a span, and notes in it how `f` ended. The span is part of the trace of
/// `traceparent`, or else of the one that is active here, or else begins one.
///
/// # Errors
/// What `f` fails with.
///
/// ```
/// use iii_kit::published::iii_helpers::observability::{current_trace_id, with_span};
/// # async fn example() {
/// let traced = with_span("settle", None, None, || async { Ok(current_trace_id()) });
/// assert!(traced.await.unwrap().is_some());
/// # }
/// ```
pub async fn with_span<F, Fut, T>(
    name: &str,
    traceparent: Option<&str>,
    kind: Option<SpanKind>,
    f: F,
) -> Result<T, Failure>
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = Result<T, Failure>>,
{
    let given = traceparent.map(|text| TraceContext {
        traceparent: Some(text.into()),
        ..TraceContext::default()
    });
    let parent = given.or_else(active_trace);
    if let Some(section) = Section::begin(name, kind.unwrap_or_default(), parent.as_ref()) {
        let outcome = within_section(&section, f).await;
        let failure = outcome.as_ref().err().map(ToString::to_string);
        section.end(failure.as_deref());
        return outcome;
    }
    let work = async {
        let outcome = f().await;
        match &outcome {
            Ok(_) => {
                Span::current().record("otel.status_code", "OK");
            }
            Err(error) => set_current_span_error(error.to_string()),
        }
        outcome
    };
    told(name, kind, parent, work).await
}

/// Runs `f` in a span of the trace that is active here, or else of a new one.
pub async fn run_in_span<F, Fut, T>(name: &str, kind: Option<SpanKind>, f: F) -> T
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = T>,
{
    let parent = active_trace();
    if let Some(section) = Section::begin(name, kind.unwrap_or_default(), parent.as_ref()) {
        let outcome = within_section(&section, f).await;
        section.end(None);
        return outcome;
    }
    told(name, kind, parent, async { f().await }).await
}

async fn within_section<F, Fut, T>(section: &Section, f: F) -> T
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = T>,
{
    let work = section.keep(async { f().await });
    within_trace(Some(section.trace()), work).await
}

/// Runs `work` in a span of `tracing`, whose bridge to OpenTelemetry finds the parent.
async fn told<T>(
    name: &str,
    kind: Option<SpanKind>,
    parent: Option<TraceContext>,
    work: impl Future<Output = T>,
) -> T {
    let trace = begin(parent.clone());
    let made = async { span(name, kind, &trace) };
    let span = match parent {
        Some(parent) => within_trace(Some(parent), made).await,
        None => made.await,
    };
    within_trace(Some(trace), work.instrument(span)).await
}

/// Whether there is a trace here to be part of.
pub fn current_span_is_recording() -> bool {
    active_trace().is_some_and(|trace| trace_id(&trace).is_some())
}

/// Says something about the span, as an event in it: a span of `tracing` has only the fields it was
/// made with.
pub fn set_current_span_attribute(key: &'static str, value: impl Into<String>) {
    if current_span_is_recording() {
        let value = value.into();
        telemetry::note(key, &value);
        tracing::info!(target: "iii", key, value, "span attribute");
    }
}

/// Says that what the span stands for failed.
pub fn set_current_span_error(message: impl Into<String>) {
    let span = Span::current();
    span.record("otel.status_code", "ERROR");
    let message = message.into();
    telemetry::fail(&message);
    span.record("otel.status_description", message);
}

/// Says that something happened in the span.
pub fn record_span_event(name: impl Into<String>, attrs: &[(String, String)]) {
    if current_span_is_recording() {
        let name = name.into();
        telemetry::event(&name, attrs);
        tracing::info!(target: "iii", attributes = ?attrs, "{name}");
    }
}

fn span(name: &str, kind: Option<SpanKind>, trace: &TraceContext) -> Span {
    tracing::info_span!(
        target: "iii",
        "span",
        otel.name = name,
        otel.kind = kind.unwrap_or_default().as_str(),
        otel.status_code = Empty,
        otel.status_description = Empty,
        trace_id = trace_id(trace),
    )
}

/// A span of a trace, or of a new one when there is none to be part of.
fn begin(parent: Option<TraceContext>) -> TraceContext {
    let random = Random::from_system();
    let parent = parent.unwrap_or_default();
    child_of(&parent, &random).unwrap_or_else(|| TraceContext {
        baggage: parent.baggage,
        ..new_trace(&random)
    })
}

#[cfg(test)]
mod tests {
    use super::super::{
        capture_otel_context, current_span_id, current_trace_id, inject_traceparent,
    };
    use super::*;

    #[tokio::test]
    async fn a_span_begins_a_trace_and_those_inside_are_part_of_it() {
        assert!(!current_span_is_recording());
        let outer = with_span("outer", None, None, || async {
            let outer = (current_trace_id().unwrap(), current_span_id().unwrap());
            let inner = run_in_span("inner", Some(SpanKind::Client), || async {
                (current_trace_id().unwrap(), current_span_id().unwrap())
            });
            let inner = inner.await;
            assert_eq!(outer.0, inner.0);
            assert_ne!(outer.1, inner.1);
            Ok(outer)
        });
        let (trace, span) = outer.await.unwrap();
        assert_eq!((trace.len(), span.len()), (32, 16));
        assert_eq!(current_trace_id(), None);
    }

    #[tokio::test]
    async fn a_span_continues_the_trace_it_is_given() {
        let given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
        let traced = with_span("s", Some(given), None, || async {
            Ok(inject_traceparent().unwrap())
        });
        let text = traced.await.unwrap();
        assert!(
            text.starts_with("00-0af7651916cd43dd8448eb211c80319c-"),
            "{text}"
        );
        assert!(
            text.ends_with("-00") && !text.contains("b7ad6b7169203331"),
            "{text}"
        );
    }

    #[tokio::test]
    async fn a_captured_trace_goes_where_it_is_carried() {
        let (captured, id) = run_in_span("s", None, || async {
            (capture_otel_context(), current_trace_id())
        })
        .await;
        assert!(id.is_some());
        assert_eq!(captured.attach(async { current_trace_id() }).await, id);
    }

    #[tokio::test]
    async fn a_failure_passes_through_a_span() {
        let failed = with_span("s", None, None, || async { Err::<(), _>("no".into()) });
        assert_eq!(failed.await.unwrap_err().to_string(), "no");
    }
}
