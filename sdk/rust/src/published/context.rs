//! The invocation that a task works for.

use super::protocol::{Activation, Caller};
use crate::telemetry::within;
use crate::{Context, TraceContext, current_context};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::future::Future;

/// What a handler knows about the invocation it runs.
#[derive(Clone, Debug, PartialEq)]
pub struct InvocationCtx {
    /// The function that was called.
    pub function_id: String,
    /// The id under which this worker knows the invocation.
    pub invocation_id: String,
    /// Who called, as stamped by the engine.
    pub caller: Option<Caller>,
    /// The observer that caused it; our engine has none.
    pub activation: Option<Activation>,
    /// How many observers caused each other before; 0 here.
    pub observe_depth: u32,
    /// What came beside the input.
    pub metadata: Option<Value>,
    /// The trace it belongs to.
    pub traceparent: Option<String>,
    /// Entries that travel with the trace.
    pub baggage: Option<String>,
}

impl InvocationCtx {
    fn of(context: &Context) -> Self {
        let trace = context.trace();
        Self {
            function_id: context.function_id().to_owned(),
            invocation_id: context.invocation_id().to_string(),
            caller: read(context.inner.caller.as_ref()),
            activation: None,
            observe_depth: 0,
            metadata: read(context.metadata()),
            traceparent: trace.traceparent.as_ref().map(ToString::to_string),
            baggage: trace.baggage.as_ref().map(ToString::to_string),
        }
    }

    fn trace(&self) -> TraceContext {
        TraceContext {
            traceparent: self.traceparent.as_deref().map(Into::into),
            baggage: self.baggage.as_deref().map(Into::into),
            ..TraceContext::default()
        }
    }
}

fn read<T: DeserializeOwned>(payload: Option<&crate::Payload>) -> Option<T> {
    serde_json::from_slice(payload?.as_bytes()).ok()
}

tokio::task_local! {
    /// What [`scope`] says; `None` is outside of any invocation.
    static SCOPE: Option<InvocationCtx>;
}

/// The invocation this task works for; `None` outside of handlers, and in tasks that a handler
/// spawned without [`scope`].
///
/// ```
/// use iii_kit::published::{Error, RegisterFunction, current_invocation};
/// let whoami = RegisterFunction::new(|(): ()| {
///     let caller = current_invocation().and_then(|invocation| invocation.caller);
///     Ok(caller.and_then(|caller| caller.worker_name))
/// });
/// ```
pub fn current_invocation() -> Option<InvocationCtx> {
    let scoped = SCOPE.try_with(Clone::clone);
    scoped.unwrap_or_else(|_| current_context().as_ref().map(InvocationCtx::of))
}

/// Runs `work` for an invocation, or for none: for tasks that a handler spawns. Calls made in it
/// continue the invocation's trace.
///
/// ```
/// use iii_kit::published::{current_invocation, scope};
/// # async fn handler() {
/// let work = async { /* calls made here continue the handler's trace */ };
/// tokio::spawn(scope(current_invocation(), work));
/// # }
/// ```
pub fn scope<F: Future>(
    invocation: impl Into<Option<InvocationCtx>>,
    work: F,
) -> impl Future<Output = F::Output> {
    let invocation = invocation.into();
    let trace = invocation.as_ref().map(InvocationCtx::trace);
    SCOPE.scope(invocation, within(trace.as_ref(), work))
}

/// The trace of the invocation this task works for.
pub(super) fn invocation_trace() -> Option<TraceContext> {
    let scoped = SCOPE.try_with(|scoped| scoped.as_ref().map(InvocationCtx::trace));
    scoped.unwrap_or_else(|_| current_context().map(|context| context.trace().clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invocation(id: &str) -> InvocationCtx {
        InvocationCtx {
            function_id: id.to_owned(),
            invocation_id: "1".to_owned(),
            caller: None,
            activation: None,
            observe_depth: 0,
            metadata: None,
            traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
            baggage: None,
        }
    }

    #[tokio::test]
    async fn a_scope_is_where_it_is_said_to_be() {
        assert_eq!(current_invocation(), None);
        scope(invocation("a::b"), async {
            tokio::task::yield_now().await;
            assert_eq!(current_invocation(), Some(invocation("a::b")));
            let trace = invocation_trace().unwrap();
            assert_eq!(crate::trace_id(&trace).unwrap().len(), 32);
            scope(None, async { assert_eq!(current_invocation(), None) }).await;
        })
        .await;
        assert_eq!(invocation_trace(), None);
    }
}
