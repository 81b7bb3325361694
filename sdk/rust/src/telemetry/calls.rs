//! The trace of a call, and its span.

use super::spans::{self, Failure};
use super::texts::{attribute, baggage_of, has_no_baggage, has_same_baggage, of_span, remote};
use crate::inflight::Answer;
use crate::random::Random;
use crate::trace::new_trace;
use crate::{Context, Error, RawTriggerRequest, Text, TraceContext};
use futures_util::FutureExt;
use opentelemetry::Context as OtelContext;
use opentelemetry::trace::{SpanBuilder, SpanKind, TraceContextExt};
use std::future::Future;

/// Decides which trace a call belongs to, which is in the request from now on: the one it names,
/// that of the context it is made in, that of its handler, or a new one, in this order. Begins its
/// span where spans are made.
pub(crate) fn begin_call(
    request: &mut RawTriggerRequest,
    scope: Option<&Context>,
    random: &Random,
) -> CallSpan {
    let origin = OtelContext::map_current(|here| Origin::find(request.trace.take(), scope, here));
    let context = spans::begin(&origin.context, || describe(request));
    request.trace = Some(match (&context, origin.trace) {
        (Some(context), _) => of_span(context.span().span_context(), origin.baggage),
        (None, Some(trace)) => TraceContext {
            baggage: origin.baggage,
            ..trace
        },
        (None, None) => TraceContext {
            baggage: origin.baggage,
            ..new_trace(random)
        },
    });
    CallSpan(context)
}

/// What a call is part of.
struct Origin {
    context: OtelContext,
    /// The texts of that, without baggage; `None` begins a trace.
    trace: Option<TraceContext>,
    baggage: Option<Text>,
}

impl Origin {
    fn find(given: Option<TraceContext>, scope: Option<&Context>, here: &OtelContext) -> Self {
        if let Some(trace) = given {
            return Self {
                context: remote(&trace, here),
                baggage: trace.baggage.clone(),
                trace: Some(trace),
            };
        }
        let around = scope.map(|scope| (&scope.inner.around.context, &scope.inner.trace));
        let baggage = baggage_here(here, around);
        let span = here.span();
        let span = span.span_context();
        if span.is_valid() {
            let known = around.filter(|(around, _)| around.span().span_context() == span);
            let trace = known.map_or_else(|| of_span(span, None), |(_, trace)| trace.clone());
            return Self {
                context: here.clone(),
                trace: Some(trace),
                baggage,
            };
        }
        Self {
            context: around.map_or_else(|| here.clone(), |(around, _)| around.clone()),
            trace: around.map(|(_, trace)| trace.clone()),
            baggage,
        }
    }
}

/// The baggage of a context, or of the handler where the context has none of its own.
fn baggage_here(here: &OtelContext, around: Option<(&OtelContext, &TraceContext)>) -> Option<Text> {
    match around {
        Some((around, trace)) if has_same_baggage(here, around) || has_no_baggage(here) => {
            trace.baggage.clone()
        }
        _ => baggage_of(here),
    }
}

fn describe(request: &RawTriggerRequest) -> SpanBuilder {
    let kind = match request.action {
        None => SpanKind::Client,
        Some(_) => SpanKind::Producer,
    };
    SpanBuilder::from_name(format!("call {}", request.function_id))
        .with_kind(kind)
        .with_attributes([attribute("iii.function.id", &request.function_id)])
}

/// The span of a call, if there is one. Dropped before the call has ended it says so.
pub(crate) struct CallSpan(Option<OtelContext>);

impl CallSpan {
    /// Ends the span when the call has ended.
    pub(crate) fn around(
        mut self,
        call: impl Future<Output = Answer>,
    ) -> impl Future<Output = Answer> {
        call.inspect(move |answer| self.end(answer.as_ref().err()))
    }

    fn end(&mut self, failure: Option<&Error>) {
        let Some(context) = self.0.take() else {
            return;
        };
        let message = failure.map(|error| match error {
            Error::Remote { message, .. } => message.clone(),
            other => other.to_string(),
        });
        let failure = failure.zip(message.as_ref());
        let failure = failure.map(|(error, message)| Failure {
            code: Some(error.code()),
            message,
        });
        spans::end(&context, failure.as_ref());
    }
}

impl Drop for CallSpan {
    fn drop(&mut self) {
        self.end(Some(&Error::Cancelled));
    }
}
