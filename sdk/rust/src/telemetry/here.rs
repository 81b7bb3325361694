//! The context that is current here.

use super::texts::{attribute, baggage_of, of_span, remote};
use crate::TraceContext;
use opentelemetry::Context as OtelContext;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::context::FutureExt;
use opentelemetry::trace::{Status, TraceContextExt};
use std::future::Future;

/// The texts of the span that is current here.
pub(crate) fn current_trace() -> Option<TraceContext> {
    OtelContext::map_current(|here| {
        let span = here.span();
        let span = span.span_context();
        span.is_valid().then(|| of_span(span, baggage_of(here)))
    })
}

/// Makes a trace current whenever `work` runs, or none.
pub(crate) fn within<F: Future>(
    trace: Option<&TraceContext>,
    work: F,
) -> impl Future<Output = F::Output> + use<F> {
    let context = match trace {
        Some(trace) => remote(trace, &OtelContext::current().with_cleared_baggage()),
        None => OtelContext::new(),
    };
    work.with_context(context)
}

/// Notes something in the span that is current here.
pub(crate) fn note(key: &'static str, value: &str) {
    OtelContext::map_current(|here| here.span().set_attribute(attribute(key, value)));
}

/// Says that what the span that is current here stands for failed.
pub(crate) fn fail(message: &str) {
    let status = Status::error(message.to_owned());
    OtelContext::map_current(|here| here.span().set_status(status));
}

/// Says that something happened in the span that is current here.
pub(crate) fn event(name: &str, attributes: &[(String, String)]) {
    OtelContext::map_current(|here| {
        let attributes = attributes.iter().cloned();
        let attributes = attributes.map(|(key, value)| opentelemetry::KeyValue::new(key, value));
        here.span().add_event(name.to_owned(), attributes.collect());
    });
}
