//! What a handler knows about the invocation it runs.

mod delivery;

use crate::telemetry::Around;
use crate::trace::trace_id;
use crate::{Client, Error, Logger, RawTriggerRequest, TriggerRequest};
use iii_protocol::{InvocationId, InvokeFunction, Payload, Text, TraceContext};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub use delivery::Delivery;

/// The invocation a handler runs. Cheap to clone.
///
/// ```
/// use iii_kit::serde_json::{Value, json};
/// use iii_kit::{Context, HandlerError, RegisterFunction, TriggerRequest};
///
/// let place = RegisterFunction::new(|order: Value, context: Context| async move {
///     context.logger().info("placing", &json!({ "id": order["id"] }));
///     let check = TriggerRequest::new("orders::validate", &order);
///     // Part of this invocation: same trace, and it ends no later.
///     context.trigger::<_, Value>(check).await?;
///     if context.is_cancelled() {
///         return Err(HandlerError::new("cancelled", "nobody waits for the order any more"));
///     }
///     Ok(order)
/// });
/// ```
#[derive(Clone)]
pub struct Context {
    pub(crate) inner: Arc<Invocation>,
}

pub(crate) struct Invocation {
    pub(crate) id: InvocationId,
    pub(crate) function_id: Text,
    pub(crate) metadata: Option<Payload>,
    pub(crate) caller: Option<Payload>,
    pub(crate) attempt: u64,
    delivery: Option<Delivery>,
    pub(crate) trace: TraceContext,
    /// What surrounds its handler.
    pub(crate) around: Around,
    pub(crate) deadline: Option<Instant>,
    pub(crate) client: Client,
    /// The connection on which `id` has a meaning.
    pub(crate) epoch: u64,
    /// Made when somebody asks for it: most handlers end before they could be cancelled.
    token: OnceLock<CancellationToken>,
    cancelled: AtomicBool,
    /// It opened the writing end of a channel, or handed a reference on.
    channels: AtomicBool,
    /// [`Client::channels_used`] when it began.
    channels_before: u64,
}

/// Who called, as stamped by the engine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Caller {
    /// The calling worker's connection id.
    pub worker_id: Option<String>,
    /// The calling worker's name.
    pub worker_name: Option<String>,
    /// The function in whose handler the call was made.
    pub function_id: Option<String>,
    /// That handler's own invocation.
    pub invocation_id: Option<String>,
}

impl Context {
    pub(crate) fn new(invocation: Invocation) -> Self {
        Self {
            inner: Arc::new(invocation),
        }
    }

    /// The id under which this worker knows the invocation.
    pub fn invocation_id(&self) -> &InvocationId {
        &self.inner.id
    }

    /// The function that was called.
    pub fn function_id(&self) -> &str {
        &self.inner.function_id
    }

    /// What came beside the input: the call's or the trigger's metadata.
    pub fn metadata(&self) -> Option<&Payload> {
        self.inner.metadata.as_ref()
    }

    /// Who called, as stamped by the engine.
    pub fn caller(&self) -> Option<Caller> {
        let caller = self.inner.caller.as_ref()?;
        serde_json::from_slice(caller.as_bytes()).ok()
    }

    /// Which delivery attempt this is, from 1.
    pub fn attempt(&self) -> u64 {
        self.inner.attempt
    }

    /// What is delivered, where the call comes from a queue.
    pub fn delivery(&self) -> Option<&Delivery> {
        self.inner.delivery.as_ref()
    }

    /// Identifies the message in its queue, where the call comes from one.
    pub fn message_id(&self) -> Option<&str> {
        let delivery = self.inner.delivery.as_ref()?;
        Some(&delivery.message_id)
    }

    /// When the caller stops waiting.
    pub fn deadline(&self) -> Option<Instant> {
        self.inner.deadline
    }

    /// How long the caller still waits.
    pub fn remaining(&self) -> Option<Duration> {
        let now = crate::clock::now();
        self.inner
            .deadline
            .map(|deadline| deadline.saturating_duration_since(now))
    }

    /// Is cancelled when nobody wants the result any more: the caller cancelled, went away or timed
    /// out, or the connection broke.
    pub fn cancelled(&self) -> CancellationToken {
        self.inner.token()
    }

    /// Whether nobody wants the result any more.
    pub fn is_cancelled(&self) -> bool {
        self.inner.cancelled.load(Ordering::SeqCst)
    }

    /// The trace this invocation belongs to: of its own span where the program has installed a
    /// tracer provider of OpenTelemetry, else of its caller's. While the handler runs it is also
    /// the current context of OpenTelemetry, through every `await`; a task that is spawned takes
    /// that along with `FutureExt::with_current_context`.
    pub fn trace(&self) -> &TraceContext {
        &self.inner.trace
    }

    /// The trace id, 32 hexadecimal digits.
    pub fn trace_id(&self) -> Option<&str> {
        trace_id(&self.inner.trace)
    }

    /// A logger whose lines carry this invocation's trace id.
    pub fn logger(&self) -> Logger {
        Logger::for_context(self)
    }

    /// A client whose calls belong to this invocation, like those of [`Context::trigger`]. For work
    /// that outlives the invocation use the client the function was registered with.
    pub fn client(&self) -> Client {
        self.inner.client.within(self)
    }

    /// Calls a function as part of this invocation: same trace, no later deadline unless detached.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn trigger<In: Serialize, Out: DeserializeOwned>(
        &self,
        request: TriggerRequest<In>,
    ) -> Result<Out, Error> {
        self.client().trigger(request).await
    }

    /// [`Context::trigger`] without serialization.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn trigger_raw(&self, request: RawTriggerRequest) -> Result<Option<Payload>, Error> {
        self.client().trigger_raw(request).await
    }
}

impl Invocation {
    pub(crate) fn new(
        id: InvocationId,
        mut invoke: InvokeFunction,
        now: Instant,
        epoch: u64,
        client: Client,
    ) -> Self {
        let around = Around::begin(&mut invoke, &id, client.random());
        let left = invoke.timeout_ms.map(Duration::from_millis);
        Self {
            id,
            function_id: invoke.function_id,
            metadata: invoke.metadata,
            caller: invoke.caller,
            attempt: invoke.attempt.unwrap_or(1),
            delivery: invoke.delivery.as_ref().and_then(delivery::read),
            trace: invoke.trace,
            around,
            deadline: left.and_then(|left| now.checked_add(left)),
            channels_before: client.channels_used(),
            client,
            epoch,
            token: OnceLock::new(),
            cancelled: AtomicBool::new(false),
            channels: AtomicBool::new(false),
        }
    }

    /// Notes that it opened the writing end of a channel, or handed a reference on.
    pub(crate) fn uses_channels(&self) {
        self.channels.store(true, Ordering::Relaxed);
    }

    /// Whether it certainly leaves no channel in use.
    pub(crate) fn is_quiet(&self) -> bool {
        !self.channels.load(Ordering::Relaxed)
            && self.client.channels_used() == self.channels_before
    }

    fn token(&self) -> CancellationToken {
        let token = self.token.get_or_init(CancellationToken::new);
        // `cancel` sets the flag before it looks for the token, so one of the two sees the other.
        if self.cancelled.load(Ordering::SeqCst) {
            token.cancel();
        }
        token.clone()
    }

    pub(crate) fn cancel(&self) {
        self.cancelled.store(true, Ordering::SeqCst);
        if let Some(token) = self.token.get() {
            token.cancel();
        }
    }
}

tokio::task_local! {
    static CURRENT: Context;
}

/// Runs `work` as part of an invocation.
pub(crate) fn with_context<T>(context: &Context, work: impl FnOnce() -> T) -> T {
    CURRENT.sync_scope(context.clone(), || {
        let _current = context.inner.around.enter();
        work()
    })
}

/// Runs `work` as part of an invocation.
pub(crate) fn within_context<T>(
    context: Context,
    work: impl Future<Output = T>,
) -> impl Future<Output = T> {
    let work = context.inner.around.keep(work);
    CURRENT.scope(context, work)
}

/// The invocation whose handler is running here, if any.
pub fn current_context() -> Option<Context> {
    CURRENT.try_with(Context::clone).ok()
}
