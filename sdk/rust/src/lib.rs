//! The Rust SDK of iii: connect a worker, offer functions and triggers, call functions.
//!
//! A worker is any process (or part of one) that holds a [`Client`]. It registers functions with
//! [`Client::register_function`], binds them to event sources with [`Client::register_trigger`] and
//! calls functions, its own or anybody's, with [`Client::trigger`].
//!
//! **Invariant:** a worker is written once and runs on every transport; nothing here knows whether
//! the engine is in the same process or across a network.
//! **Invariant:** every call ends: with a result, an error, a timeout or a cancellation. A call
//! that was sent and whose connection broke fails at once; one that was never sent is sent later.
//! **Invariant:** every queue, wait and table has a limit in [`Limits`].
//!
//! Start reading at [`Client`], then `connection/mod.rs`, the one task that owns the connection.

#![warn(missing_docs)]

mod baggage;
mod call;
mod channel;
mod client;
mod clock;
mod codec;
mod connection;
mod context;
mod env;
mod errors;
mod execute;
mod explain;
mod function;
pub mod http;
mod inflight;
mod limits;
mod logger;
mod options;
mod pace;
pub mod published;
mod random;
mod registry;
mod run;
mod tasks;
mod telemetry;
mod trace;
mod trigger;
mod trigger_type;
mod worker;
mod worker_fn;

pub use call::{Enqueue, EnqueueReceipt, RawTriggerRequest, TriggerAction, TriggerRequest};
pub use channel::{
    Channel, ChannelDirection, ChannelError, ChannelReader, ChannelRef, ChannelRefs, ChannelWriter,
    extract_channel_refs, is_channel_ref,
};
pub use client::{Client, ConnectionStates};
pub use codec::{from_payload, to_payload};
pub use context::{Caller, Context, Delivery, current_context};
pub use errors::{Error, HandlerError, RegisterError, Rejection, RetryAdvice};
pub use explain::explain_json;
pub use function::{FunctionRef, HandlerFuture, RegisterFunction};
pub use limits::Limits;
pub use logger::Logger;
pub use options::{ClientOptions, ConnectionState, WorkerOptions};
pub use run::{
    Attached, DEFAULT_ENGINE_URL, InitOptions, RunError, attach, register_worker, run, run_with,
};
pub use trace::trace_id;
pub use trigger::{RegisterTriggerInput, TriggerRef, TriggerStatus};
pub use trigger_type::{
    BoundTrigger, FireOptions, Fired, Firing, RegisterTriggerType, TriggerHandler, TriggerTypeRef,
};
pub use worker::{Running, StartError, Worker};
pub use worker_fn::worker;

// What appears in this crate's signatures, so that a worker needs no other crate of ours.
pub use bytes::Bytes;
pub use iii_protocol::{ErrorCode, InvocationId, Payload, Text, TraceContext};
/// TLS for workers that listen themselves, the same as that of the engine's listeners.
pub use iii_transport::tls;
pub use iii_transport::{
    BoxFuture, ChannelFrame, Clock, Dial, DialError, ManualClock, SystemClock,
};
/// The version of the API that this crate shares contexts and providers with.
#[cfg(feature = "opentelemetry")]
pub use opentelemetry;
pub use schemars;
pub use serde_json;
pub use tokio::time::Instant;
pub use tokio_util::sync::CancellationToken;
