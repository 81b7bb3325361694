//! From a request to an answer.

use super::Shared;
use crate::connection::{Command, NewCall, VoidCall, void_action};
use crate::context::Context;
use crate::inflight::{Answer, Output};
use crate::telemetry;
use crate::trace::new_trace;
use crate::trigger_type::DEFAULT_NAMESPACE;
use crate::{Error, RawTriggerRequest, TriggerAction, clock};
use iii_protocol::{InvokeFunction, Payload, Text};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

const KEY_NAME: &[u8] = b"access_key";

/// Calls a function, as part of the trace of where it is called.
pub(super) fn call(
    shared: Arc<Shared>,
    scope: Option<Context>,
    mut request: RawTriggerRequest,
) -> impl Future<Output = Answer> + Send + use<> {
    let span = telemetry::begin_call(&mut request, scope.as_ref(), &shared.random);
    span.around(make(shared, scope, request))
}

/// A call for the client's own sake: programs do not see it in their traces.
pub(super) fn ask(
    shared: Arc<Shared>,
    mut request: RawTriggerRequest,
) -> impl Future<Output = Answer> + Send + use<> {
    request.trace = Some(new_trace(&shared.random));
    make(shared, None, request)
}

async fn make(shared: Arc<Shared>, scope: Option<Context>, request: RawTriggerRequest) -> Answer {
    check_size(&shared, &request)?;
    if shared.offers_functions.load(Ordering::Relaxed) && names_a_channel(&request) {
        shared.channel_used(scope.as_ref());
    }
    if request
        .cancel
        .as_ref()
        .is_some_and(CancellationToken::is_cancelled)
    {
        return Err(Error::Cancelled);
    }
    if matches!(request.action, Some(TriggerAction::Void)) {
        return send_void(&shared, request).await;
    }
    // Only invocations of this very client can be parents here.
    let parent = scope
        .as_ref()
        .filter(|scope| !request.detached && Arc::ptr_eq(&scope.inner.client.shared, &shared));
    let mut timeout = request
        .timeout
        .unwrap_or(shared.options.limits.call_timeout);
    if let Some(left) = parent.and_then(Context::remaining) {
        timeout = timeout.min(left);
    }
    if timeout.is_zero() {
        return Err(Error::Timeout {
            function_id: request.function_id.to_string(),
            timeout,
        });
    }
    let deadline = clock::after(timeout);
    let epoch = parent.map_or(0, |parent| parent.inner.epoch);
    // A handler that was cancelled before may still call, to tidy up.
    let abandoned = parent
        .filter(|parent| !parent.is_cancelled())
        .map(Context::cancelled);
    let parent = parent.map(|parent| parent.inner.id.clone());
    let cancel = request.cancel.clone();
    let mut invoke = message(&shared, request);
    invoke.parent = parent;
    let (reply, answer) = oneshot::channel();
    let number = shared.call_number.fetch_add(1, Ordering::Relaxed);
    let command = Command::Call(NewCall {
        number,
        invoke,
        epoch,
        deadline,
        timeout,
        reply,
    });
    submit(&shared, command, deadline, timeout).await?;
    let mut waiting = Waiting {
        shared: &shared,
        number,
        answered: false,
    };
    let answer = wait(answer, cancel, abandoned).await;
    // A cancelled call still has to be given up; `waiting` does so when it is dropped.
    waiting.answered = !matches!(answer, Some(Err(Error::Cancelled)));
    answer.unwrap_or_else(|| Err(shared.ended()))
}

/// Waits for the answer, or until one of the tokens is cancelled. `None` when the client ended
/// without an answer.
async fn wait(
    answer: oneshot::Receiver<Answer>,
    cancel: Option<CancellationToken>,
    abandoned: Option<CancellationToken>,
) -> Option<Answer> {
    if cancel.is_none() && abandoned.is_none() {
        return answer.await.ok();
    }
    // Most calls have neither, and should not carry the room for it.
    let waiting = Box::pin(async move {
        tokio::select! {
            biased;
            answer = answer => answer.ok(),
            () = cancelled(cancel.as_ref()) => Some(Err(Error::Cancelled)),
            () = cancelled(abandoned.as_ref()) => Some(Err(Error::Cancelled)),
        }
    });
    waiting.await
}

async fn cancelled(token: Option<&CancellationToken>) {
    match token {
        Some(token) => token.cancelled().await,
        None => std::future::pending().await,
    }
}

/// Puts a command into the queue, waiting for room no longer than the call may last.
async fn submit(
    shared: &Shared,
    command: Command,
    deadline: Instant,
    timeout: Duration,
) -> Result<(), Error> {
    let command = match shared.commands.try_send(command) {
        Ok(()) => return Ok(()),
        Err(TrySendError::Closed(_)) => return Err(shared.ended()),
        Err(TrySendError::Full(command)) => command,
    };
    let function_id = match &command {
        Command::Call(call) => call.invoke.function_id.to_string(),
        Command::Void(call) => call.invoke.function_id.to_string(),
        _ => String::new(),
    };
    match timeout_at(deadline, shared.commands.send(command)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(shared.ended()),
        Err(_) => Err(Error::Timeout {
            function_id,
            timeout,
        }),
    }
}

async fn send_void(shared: &Shared, request: RawTriggerRequest) -> Answer {
    let wait_max = request
        .timeout
        .unwrap_or(shared.options.limits.call_timeout);
    let timeout_ms = request.timeout.map(millis);
    let mut invoke = message(shared, request);
    invoke.timeout_ms = timeout_ms;
    let connected = shared.status.borrow().greeting.is_some();
    let (accepted, answer) = if connected {
        (None, None)
    } else {
        // While the engine is away there may be no room for the call.
        let (accepted, answer) = oneshot::channel();
        (Some(accepted), Some(answer))
    };
    let command = Command::Void(VoidCall { invoke, accepted });
    submit(shared, command, clock::after(wait_max), wait_max).await?;
    match answer {
        None => Ok(Output::default()),
        Some(answer) => answer.await.unwrap_or_else(|_| Err(shared.ended())),
    }
}

/// Whether a call may hand a channel's reference on. That the name of its key appears is enough:
/// to take a payload for one that does costs a wait, to miss one would cost a stream.
fn names_a_channel(request: &RawTriggerRequest) -> bool {
    let payload = request.payload.as_ref();
    payload.is_some_and(|payload| memchr::memmem::find(payload.as_bytes(), KEY_NAME).is_some())
}

fn check_size(shared: &Shared, request: &RawTriggerRequest) -> Result<(), Error> {
    let limit = shared.options.limits.message_bytes_max;
    let size = request.payload.as_ref().map_or(0, Payload::len)
        + request.metadata.as_ref().map_or(0, Payload::len);
    if size > limit {
        return Err(Error::PayloadTooLarge { size, limit });
    }
    Ok(())
}

fn message(shared: &Shared, request: RawTriggerRequest) -> InvokeFunction {
    InvokeFunction {
        invocation_id: None,
        namespace: namespace(shared, &request.function_id, request.namespace),
        function_id: request.function_id,
        data: request.payload,
        action: request.action.map(action),
        metadata: request.metadata,
        trace: request.trace.unwrap_or_default(),
        caller: None,
        timeout_ms: None,
        parent: None,
        attempt: request.attempt,
        delivery: request.delivery,
    }
}

/// A worker with a namespace of its own means that one unless it says otherwise; the engine's own
/// functions are in the default one.
fn namespace(shared: &Shared, function_id: &Text, given: Option<Text>) -> Option<Text> {
    let own = shared.options.worker.namespace.as_deref();
    match (given, own) {
        (Some(given), _) => (given != DEFAULT_NAMESPACE).then_some(given),
        (None, Some(own)) if !function_id.starts_with("engine::") => Some(own.into()),
        (None, _) => None,
    }
}

fn action(action: TriggerAction) -> Payload {
    match action {
        TriggerAction::Void => void_action(),
        TriggerAction::Enqueue { queue } => {
            crate::codec::value_payload(&serde_json::json!({ "type": "enqueue", "queue": queue }))
        }
        TriggerAction::Custom(action) => action,
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis())
        .unwrap_or(u64::MAX)
        .max(1)
}

/// A call that waits for its answer; given up when it is dropped before.
struct Waiting<'a> {
    shared: &'a Shared,
    number: u64,
    answered: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if !self.answered {
            self.shared.give_up(self.number);
        }
    }
}

impl Shared {
    /// Notes that a channel may carry something for as long as it likes: on the invocation it
    /// belongs to, or on all that run now when that cannot be told.
    pub(super) fn channel_used(&self, scope: Option<&Context>) {
        match scope {
            Some(scope) => scope.inner.uses_channels(),
            None => {
                self.channels_used.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    fn give_up(&self, number: u64) {
        if let Err(TrySendError::Full(_)) = self.commands.try_send(Command::Cancel { number }) {
            self.given_up.lock().push(number);
            // The task looks at the list whenever it takes commands. Should it have taken all of
            // them meanwhile, this wakes it; should there be no room again, it is not done yet.
            let _ = self.commands.try_send(Command::Wake);
        }
    }
}
