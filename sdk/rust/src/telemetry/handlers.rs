//! What surrounds a handler while it runs.

use super::spans::{self, Failure};
use super::texts::{attribute, of_span, remote};
use crate::random::Random;
use crate::trace::new_trace;
use crate::{HandlerError, InvocationId, TraceContext};
use iii_protocol::InvokeFunction;
use opentelemetry::context::FutureExt;
use opentelemetry::trace::{SpanBuilder, SpanKind, TraceContextExt};
use opentelemetry::{Context as OtelContext, ContextGuard, KeyValue};
use std::future::Future;

/// The context in which a handler runs: that of its span, or else of its caller.
pub(crate) struct Around {
    pub(super) context: OtelContext,
    has_span: bool,
}

impl Around {
    /// Begins the span of an invocation where spans are made; the invocation's trace is that of
    /// the span from now on. An invocation without a trace begins one.
    pub(crate) fn begin(invoke: &mut InvokeFunction, id: &InvocationId, random: &Random) -> Self {
        let caller = remote(&invoke.trace, &OtelContext::new());
        if let Some(context) = spans::begin(&caller, || describe(invoke, id)) {
            let baggage = invoke.trace.baggage.take();
            invoke.trace = of_span(context.span().span_context(), baggage);
            return Self {
                context,
                has_span: true,
            };
        }
        let mut context = caller;
        if invoke.trace.traceparent.is_none() {
            let baggage = invoke.trace.baggage.take();
            invoke.trace = TraceContext {
                baggage,
                ..new_trace(random)
            };
            context = remote(&invoke.trace, &OtelContext::new());
        }
        Self {
            context,
            has_span: false,
        }
    }

    /// Makes the context current until the guard is dropped.
    pub(crate) fn enter(&self) -> ContextGuard {
        self.context.clone().attach()
    }

    /// Makes the context current whenever `work` runs.
    pub(crate) fn keep<F: Future>(&self, work: F) -> impl Future<Output = F::Output> + use<F> {
        work.with_context(self.context.clone())
    }

    /// The handler has ended.
    pub(crate) fn end(&self, failure: Option<&HandlerError>) {
        if self.has_span {
            let failure = failure.map(|error| Failure {
                code: Some(&error.code),
                message: &error.message,
            });
            spans::end(&self.context, failure.as_ref());
        }
    }
}

fn describe(invoke: &InvokeFunction, id: &InvocationId) -> SpanBuilder {
    let mut attributes = vec![
        attribute("iii.function.id", &invoke.function_id),
        KeyValue::new("iii.invocation.id", id.to_string()),
    ];
    if let Some(attempt) = invoke.attempt.filter(|attempt| *attempt > 1) {
        let attempt = i64::try_from(attempt).unwrap_or(i64::MAX);
        attributes.push(KeyValue::new("iii.attempt", attempt));
    }
    SpanBuilder::from_name(format!("execute {}", invoke.function_id))
        .with_kind(SpanKind::Server)
        .with_attributes(attributes)
}
