//! What a call looks like before it is sent.

mod enqueue;

#[cfg(doc)]
use crate::Delivery;
use crate::codec::value_payload;
use iii_protocol::{Payload, Text, TraceContext};
use serde::Deserialize;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

pub use enqueue::Enqueue;

/// What the engine shall do with a call other than waiting for its result.
///
/// ```
/// use iii_kit::TriggerAction;
/// let later = TriggerAction::Enqueue { queue: "payments".into() };
/// assert_ne!(later, TriggerAction::Void);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TriggerAction {
    /// Run the function and tell nobody how it went. The call returns as soon as it is on its way.
    Void,
    /// Put the call on a durable queue. The call returns an [`EnqueueReceipt`].
    Enqueue {
        /// The queue's name.
        queue: String,
    },
    /// Any other action the engine's host has a function for: an object with a string field `type`.
    Custom(Payload),
}

/// The answer to a call with [`TriggerAction::Enqueue`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct EnqueueReceipt {
    /// Identifies the message in the queue.
    #[serde(rename = "messageReceiptId")]
    pub message_receipt_id: String,
}

/// A call of a function.
///
/// ```
/// use iii_kit::{TriggerAction, TriggerRequest};
/// use std::time::Duration;
/// let call = TriggerRequest::new("orders::charge", 42)
///     .action(TriggerAction::Enqueue { queue: "payments".into() })
///     .timeout(Duration::from_secs(5));
/// assert_eq!(call.payload, 42);
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct TriggerRequest<In> {
    /// The function to run.
    pub function_id: Text,
    /// Its input.
    pub payload: In,
    /// `None` waits for the result.
    pub action: Option<TriggerAction>,
    /// How long to wait; `None` means the client's default (30 s). Inside a handler it is cut to
    /// what is left of the handler's own deadline, unless `detached`.
    pub timeout: Option<Duration>,
    /// Sidecar to the input; the function sees it as [`crate::Context::metadata`].
    pub metadata: Option<Payload>,
    /// Namespace of the function; `None` means the worker's own, or the default namespace for ids
    /// that begin with `engine::`.
    pub namespace: Option<Text>,
    /// Cancels the call when it is cancelled. Dropping the call's future does the same.
    pub cancel: Option<CancellationToken>,
    /// The call may outlive the handler in which it is made.
    pub detached: bool,
    /// Trace to continue; `None` means that of the span which is current for OpenTelemetry where
    /// the call is made, or else of the handler in which it is made, or else a new one.
    pub trace: Option<TraceContext>,
    /// Which delivery attempt this is, from 1; for workers that redeliver.
    pub attempt: Option<u64>,
    /// What is delivered, an object like [`Delivery`]; for workers that redeliver.
    pub delivery: Option<Payload>,
}

/// A call whose input is JSON text already, or absent.
pub type RawTriggerRequest = TriggerRequest<Option<Payload>>;

impl TriggerAction {
    /// Puts the call on a durable queue, with the queue's options.
    pub fn enqueue(queue: impl Into<String>) -> Enqueue {
        Enqueue::new(queue)
    }
}

impl<In> TriggerRequest<In> {
    /// A call that waits for its result.
    pub fn new(function_id: impl Into<Text>, payload: In) -> Self {
        Self {
            function_id: function_id.into(),
            payload,
            action: None,
            timeout: None,
            metadata: None,
            namespace: None,
            cancel: None,
            detached: false,
            trace: None,
            attempt: None,
            delivery: None,
        }
    }

    /// Do something else than wait for the result.
    #[must_use]
    pub fn action(mut self, action: impl Into<TriggerAction>) -> Self {
        self.action = Some(action.into());
        self
    }

    /// Run the function and do not wait for its result.
    #[must_use]
    pub fn void(self) -> Self {
        self.action(TriggerAction::Void)
    }

    /// Wait at most this long.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Hand `metadata` over beside the input.
    #[must_use]
    pub fn metadata(mut self, metadata: &serde_json::Value) -> Self {
        self.metadata = Some(value_payload(metadata));
        self
    }

    /// Call a function of this namespace.
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<Text>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// Give the call up when `token` is cancelled.
    #[must_use]
    pub fn cancel(mut self, token: CancellationToken) -> Self {
        self.cancel = Some(token);
        self
    }

    /// Let the call outlive the handler in which it is made.
    #[must_use]
    pub fn detached(mut self) -> Self {
        self.detached = true;
        self
    }

    /// Continue this trace.
    #[must_use]
    pub fn trace(mut self, trace: TraceContext) -> Self {
        self.trace = Some(trace);
        self
    }

    /// The same call with another payload.
    pub(crate) fn with_payload<Other>(self, payload: Other) -> TriggerRequest<Other> {
        TriggerRequest {
            function_id: self.function_id,
            payload,
            action: self.action,
            timeout: self.timeout,
            metadata: self.metadata,
            namespace: self.namespace,
            cancel: self.cancel,
            detached: self.detached,
            trace: self.trace,
            attempt: self.attempt,
            delivery: self.delivery,
        }
    }

    /// Takes the payload out.
    pub(crate) fn split(self) -> (In, TriggerRequest<()>) {
        let Self {
            function_id,
            payload,
            action,
            timeout,
            metadata,
            namespace,
            cancel,
            detached,
            trace,
            attempt,
            delivery,
        } = self;
        let rest = TriggerRequest {
            function_id,
            payload: (),
            action,
            timeout,
            metadata,
            namespace,
            cancel,
            detached,
            trace,
            attempt,
            delivery,
        };
        (payload, rest)
    }
}
