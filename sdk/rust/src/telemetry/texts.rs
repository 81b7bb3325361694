//! Between the W3C texts of the wire and the contexts of OpenTelemetry. It does not matter which
//! propagators a program configured.

use crate::trace::{span_id, trace_id, traceparent};
use crate::{Text, TraceContext, baggage};
use opentelemetry::baggage::{Baggage, BaggageExt};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::{Context as OtelContext, KeyValue, baggage::KeyValueMetadata};

/// `around`, with a trace that came from elsewhere.
pub(super) fn remote(trace: &TraceContext, around: &OtelContext) -> OtelContext {
    let mut context = match identity(trace) {
        Some(identity) => around.with_remote_span_context(identity),
        None => around.clone(),
    };
    if let Some(text) = &trace.baggage {
        context = context.with_baggage(read_baggage(text));
    }
    context
}

/// The span that the texts are about.
fn identity(trace: &TraceContext) -> Option<SpanContext> {
    let flags = trace.traceparent.as_ref()?.as_str().split('-').nth(3)?;
    let flags = u8::from_str_radix(flags.get(..2)?, 16).ok()?;
    let state = trace.tracestate.as_ref();
    let state: Option<TraceState> = state.and_then(|text| text.as_str().parse().ok());
    let identity = SpanContext::new(
        TraceId::from_hex(trace_id(trace)?).ok()?,
        SpanId::from_hex(span_id(trace)?).ok()?,
        TraceFlags::new(flags),
        true,
        state.unwrap_or_default(),
    );
    identity.is_valid().then_some(identity)
}

/// The texts of a span.
pub(super) fn of_span(span: &SpanContext, baggage: Option<Text>) -> TraceContext {
    let state = span.trace_state().header();
    TraceContext {
        traceparent: traceparent(
            span.trace_id().to_bytes(),
            span.span_id().to_bytes(),
            span.trace_flags().to_u8(),
        ),
        tracestate: (!state.is_empty()).then(|| state.into()),
        baggage,
    }
}

fn read_baggage(text: &Text) -> Baggage {
    let entries = baggage::parse(text).map(|entry| {
        let (key, properties) = (entry.key.to_owned(), entry.properties);
        KeyValueMetadata::new(key, entry.value, properties)
    });
    entries.collect()
}

/// The text of the baggage of a context; the same baggage always makes the same text.
pub(super) fn baggage_of(context: &OtelContext) -> Option<Text> {
    let baggage = context.baggage();
    let mut entries: Vec<_> = baggage.iter().collect();
    entries.sort_unstable_by(|one, other| one.0.cmp(other.0));
    let mut text = String::new();
    for (key, (value, properties)) in entries {
        baggage::put(&mut text, key.as_str(), value.as_str(), properties.as_str());
    }
    (!text.is_empty()).then(|| text.into())
}

/// Whether nobody has said anything about the baggage of a context.
pub(super) fn has_no_baggage(context: &OtelContext) -> bool {
    has_same_baggage(context, &OtelContext::new())
}

/// Whether two contexts have the very same baggage, so that the text that one of them was made of
/// stands for both.
pub(super) fn has_same_baggage(one: &OtelContext, other: &OtelContext) -> bool {
    std::ptr::eq(one.baggage(), other.baggage())
}

/// An attribute.
pub(super) fn attribute(key: &'static str, value: &str) -> KeyValue {
    KeyValue::new(key, value.to_owned())
}
