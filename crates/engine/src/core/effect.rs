//! What the core wants done. Effects are addressed to a session id, never to a borrow, so that
//! sessions can live on different executor threads.

use super::catalog::Function;
use super::ids::{CallKey, Moment, SessionId};
use super::registrar::Event;
use iii_protocol::{ErrorBody, ErrorCode, InvokeFunction, Message, Payload, Text, TraceContext};
use std::sync::Arc;

/// One thing to do, in the order given.
#[expect(
    clippy::large_enum_variant,
    reason = "the large variant is the hot one: a box is an allocation"
)]
#[derive(Debug)]
pub enum Effect {
    /// Queue a message towards a session's worker.
    Send {
        /// Whose worker.
        to: SessionId,
        /// What.
        message: Message,
    },
    /// Hand something to another session's state machine.
    Peer {
        /// Which session.
        to: SessionId,
        /// What.
        peer: Peer,
    },
    /// Hand something to the registrar, and publish its snapshot before the next message.
    Registry(Box<Event>),
    /// Make a call on behalf of the engine itself; nobody waits.
    Fire(Box<Fire>),
    /// Probe whether the session's worker is alive.
    Ping(SessionId),
    /// End a connection with a WebSocket close code.
    Close {
        /// Whose.
        session: SessionId,
        /// The code; 1000 is normal.
        code: u16,
        /// For the log and the peer.
        reason: &'static str,
    },
}

/// What sessions hand to each other.
#[derive(Debug)]
pub enum Peer {
    /// Run this call; from the caller's session to the executor's.
    Deliver(Box<Deliver>),
    /// The call has ended; from the executor's session to the caller's.
    Complete {
        /// Which call.
        key: CallKey,
        /// How.
        outcome: Box<Outcome>,
    },
    /// Stop this call; from the caller's session to the executor's.
    Cancel {
        /// Which call.
        key: CallKey,
        /// Why.
        reason: CancelReason,
    },
}

/// A call on its way to its executor.
#[derive(Debug)]
pub struct Deliver {
    /// Which call.
    pub key: CallKey,
    /// When it ends at the latest.
    pub deadline: Option<Moment>,
    /// The function it was routed to.
    pub function: Arc<Function>,
    /// The envelope and payload for the executor; its id is filled in there.
    pub call: InvokeFunction,
}

/// How a call ended.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The output; absent and `null` differ.
    pub result: Option<Payload>,
    /// The error body; wins over `result`.
    pub error: Option<Payload>,
    /// Trace context of the executor.
    pub trace: TraceContext,
    /// The executor says that it left no channel in use.
    pub quiet: bool,
}

impl Outcome {
    /// An end with one of our own error codes.
    #[must_use]
    pub fn failed(code: ErrorCode, message: impl Into<Text>) -> Self {
        Self {
            error: Some(ErrorBody::new(code, message).to_payload()),
            ..Self::default()
        }
    }

    /// An end with an output.
    #[must_use]
    pub fn done(result: Option<Payload>) -> Self {
        Self {
            result,
            ..Self::default()
        }
    }
}

/// Why a call is stopped before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelReason {
    /// The caller gave it up.
    Cancelled,
    /// Its deadline passed.
    Timeout,
    /// The caller's connection is gone.
    CallerGone,
}

impl CancelReason {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Timeout => "timeout",
            Self::CallerGone => "caller_gone",
        }
    }
}

/// A call that the engine itself makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fire {
    /// Namespace of the function.
    pub namespace: Text,
    /// The function.
    pub function_id: Text,
    /// Its input.
    pub data: Payload,
    /// Metadata of the trigger, if any.
    pub metadata: Option<Payload>,
}
