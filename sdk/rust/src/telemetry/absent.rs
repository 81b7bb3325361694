//! Without OpenTelemetry: texts are passed on from call to call.

use crate::inflight::Answer;
use crate::published::iii_helpers::observability::SpanKind;
use crate::random::Random;
use crate::trace::new_trace;
use crate::{Context, HandlerError, InvocationId, RawTriggerRequest, TraceContext};
use iii_protocol::InvokeFunction;
use std::convert::Infallible;
use std::future::Future;

/// What surrounds a handler: nothing.
pub(crate) struct Around;

impl Around {
    /// An invocation without a trace begins one.
    pub(crate) fn begin(invoke: &mut InvokeFunction, _: &InvocationId, random: &Random) -> Self {
        if invoke.trace.traceparent.is_none() {
            let baggage = invoke.trace.baggage.take();
            invoke.trace = TraceContext {
                baggage,
                ..new_trace(random)
            };
        }
        Self
    }

    pub(crate) fn enter(&self) {}

    pub(crate) fn keep<F: Future>(&self, work: F) -> F {
        work
    }

    pub(crate) fn end(&self, _: Option<&HandlerError>) {}
}

/// Decides which trace a call belongs to: the one it names, that of its handler, or a new one.
pub(crate) fn begin_call(
    request: &mut RawTriggerRequest,
    scope: Option<&Context>,
    random: &Random,
) -> CallSpan {
    let trace = request.trace.take();
    let trace = trace.or_else(|| scope.map(|scope| scope.inner.trace.clone()));
    request.trace = Some(trace.unwrap_or_else(|| new_trace(random)));
    CallSpan
}

/// The span of a call: none.
pub(crate) struct CallSpan;

impl CallSpan {
    pub(crate) fn around<F: Future<Output = Answer>>(self, call: F) -> F {
        call
    }
}

/// A span around some work: never.
pub(crate) struct Section(Infallible);

impl Section {
    pub(crate) fn begin(_: &str, _: SpanKind, _: Option<&TraceContext>) -> Option<Self> {
        None
    }

    pub(crate) fn trace(&self) -> TraceContext {
        match self.0 {}
    }

    pub(crate) fn keep<F: Future>(&self, work: F) -> F {
        work
    }

    pub(crate) fn end(&self, _: Option<&str>) {}
}

/// The span that is current here: none.
pub(crate) fn current_trace() -> Option<TraceContext> {
    None
}

/// Runs `work` as it is.
pub(crate) fn within<F: Future>(_: Option<&TraceContext>, work: F) -> F {
    work
}

pub(crate) fn note(_: &'static str, _: &str) {}

pub(crate) fn fail(_: &str) {}

pub(crate) fn event(_: &str, _: &[(String, String)]) {}
