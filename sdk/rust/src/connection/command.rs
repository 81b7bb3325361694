//! What handles ask the connection's task to do, and what handlers' tasks report to it.

use crate::function::Handler;
use crate::inflight::Answer;
use crate::registry::Registered;
use crate::{HandlerError, TriggerHandler, TriggerStatus};
use iii_protocol::{
    InvocationId, InvokeFunction, Payload, RegisterFunction, RegisterTrigger, RegisterTriggerType,
    Text, TriggerRegistrationResult,
};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

/// A request of a handle.
pub(crate) enum Command {
    Call(NewCall),
    Void(VoidCall),
    Cancel {
        number: u64,
    },
    RegisterFunction {
        announcement: Box<RegisterFunction>,
        handler: Handler,
        acknowledge: oneshot::Sender<Registered>,
    },
    UnregisterFunction {
        id: Text,
    },
    RegisterTrigger {
        announcement: Box<RegisterTrigger>,
        status: watch::Sender<TriggerStatus>,
    },
    UnregisterTrigger {
        id: Text,
    },
    RegisterTriggerType {
        announcement: Box<RegisterTriggerType>,
        handler: Arc<dyn TriggerHandler>,
        acknowledge: oneshot::Sender<Registered>,
    },
    UnregisterTriggerType {
        id: Text,
    },
    /// Take no new invocations.
    Drain,
    /// Tell when no invocation runs.
    WaitIdle {
        idle: oneshot::Sender<()>,
    },
    Shutdown {
        done: oneshot::Sender<()>,
    },
    /// Look at the calls given up while the queue was full.
    Wake,
}

/// A call that waits for an answer.
pub(crate) struct NewCall {
    pub(crate) number: u64,
    pub(crate) invoke: InvokeFunction,
    /// The connection on which `invoke.parent` has a meaning.
    pub(crate) epoch: u64,
    pub(crate) deadline: Instant,
    pub(crate) timeout: Duration,
    pub(crate) reply: oneshot::Sender<Answer>,
}

/// A call that waits for nothing.
pub(crate) struct VoidCall {
    pub(crate) invoke: InvokeFunction,
    /// Told whether the call was taken on, when there is a doubt.
    pub(crate) accepted: Option<oneshot::Sender<Answer>>,
}

/// A report of a handler's task.
pub(crate) enum Outcome {
    /// An invocation ended.
    Invocation {
        epoch: u64,
        id: InvocationId,
        function_id: Text,
        /// How long it ran before it ended or first waited, if it ran in a task from the start.
        took: Option<Duration>,
        result: Result<Option<Payload>, HandlerError>,
    },
    /// A trigger type's handler is free for its next operation.
    Operation {
        epoch: u64,
        trigger_type: Text,
        /// What to answer to the engine, if it asked.
        answer: Option<Box<TriggerRegistrationResult>>,
    },
}
