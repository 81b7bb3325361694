//! Spans that programs put around work of their own.

use super::spans::{self, Failure};
use super::texts::{baggage_of, of_span, remote};
use crate::TraceContext;
use crate::published::iii_helpers::observability::SpanKind as Kind;
use opentelemetry::Context as OtelContext;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::context::FutureExt;
use opentelemetry::trace::{SpanBuilder, SpanKind, TraceContextExt};
use std::future::Future;

/// A span around some work. Dropped before its end it ends all the same.
pub(crate) struct Section(OtelContext);

impl Section {
    /// Begins a span below `parent`, or a trace; `None` where nobody makes spans.
    pub(crate) fn begin(name: &str, kind: Kind, parent: Option<&TraceContext>) -> Option<Self> {
        let around = OtelContext::current();
        let parent = match parent {
            Some(trace) => remote(trace, &around.with_cleared_baggage()),
            None => around,
        };
        let describe = || SpanBuilder::from_name(name.to_owned()).with_kind(api_kind(kind));
        spans::begin(&parent, describe).map(Self)
    }

    /// The texts of the span.
    pub(crate) fn trace(&self) -> TraceContext {
        of_span(self.0.span().span_context(), baggage_of(&self.0))
    }

    /// Makes the span current whenever `work` runs.
    pub(crate) fn keep<F: Future>(&self, work: F) -> impl Future<Output = F::Output> + use<F> {
        work.with_context(self.0.clone())
    }

    /// The work has ended.
    pub(crate) fn end(&self, failure: Option<&str>) {
        let failure = failure.map(|message| Failure {
            code: None,
            message,
        });
        spans::end(&self.0, failure.as_ref());
    }
}

fn api_kind(kind: Kind) -> SpanKind {
    match kind {
        Kind::Client => SpanKind::Client,
        Kind::Server => SpanKind::Server,
        Kind::Producer => SpanKind::Producer,
        Kind::Consumer => SpanKind::Consumer,
        Kind::Internal => SpanKind::Internal,
    }
}
