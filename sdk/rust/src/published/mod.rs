//! The API of the published `iii-sdk` and `iii-helpers` (0.25): a program written for them runs
//! after changing only its imports. `iii_sdk::X` becomes `iii_kit::published::X`, and
//! `iii_helpers::X` becomes `iii_kit::published::iii_helpers::X`. New programs use what is at the
//! root of this crate.
//!
//! It is a façade over [`Client`](crate::Client): same names, signatures and fields, same order of
//! registrations, same errors. Every client has a thread of its own, which runs its handlers.
//!
//! **Invariant:** what our engine offers beyond the published one changes nothing here: a call made
//! in a handler outlives the handler's caller, and a reader of a channel sees its end, however it
//! ended.
//!
//! What differs:
//! * Types that derive `JsonSchema` do so with `schemars` 1; the published client uses 0.8.
//! * Observing ends in `UNSUPPORTED`, as the published client's does on our engine. `Filter` and
//!   `Doc` are left out; they are those of the crate `iii-filter`.
//! * Telemetry is what the program's tracer provider and `tracing` make of it: nothing is exported
//!   from here, and the types of the `opentelemetry` crate are left out. See
//!   [`iii_helpers::observability`].
//! * The messages of the wire (`Message` and the structs named after it) are left out.
//! * A function that the engine refused is not announced again after a reconnect.
//! * Nothing is deprecated.
//!
//! Start reading at [`IIIClient`], then `registering.rs`.

pub mod builtin_triggers;
mod calling;
pub mod channels;
mod client;
mod connect;
pub mod context;
pub mod engine;
pub mod error;
mod function;
mod handler;
pub mod helpers;
pub mod iii_helpers;
mod limits;
mod middleware;
pub mod observable;
pub mod observe;
pub mod protocol;
mod provider;
mod registering;
pub mod stream_provider;
mod trigger_type;
pub mod triggers;
mod way;
mod worker;

pub use crate::DEFAULT_ENGINE_URL;
pub use client::IIIClient;
pub use connect::{InitOptions, engine_url_from_env, register_worker, register_worker_from_env};
pub use context::{InvocationCtx, current_invocation, scope};
pub use error::{Error, InvocationError};
pub use function::RegisterFunction;
pub use iii_helpers::queue::EnqueueResult;
pub use middleware::MiddlewareFunctionInput;
pub use observable::{Observe, ObserveHandler, ObserveRejection, Observer};
pub use observe::{
    ObserveSupportListener, Observed, ObservedError, ObserverHandle, ObserverOptions,
    ObserverReason, ObserverStatus, Source, StateListener, Target,
};
pub use protocol::{
    Activation, Caller, Capture, Deliver, Delivery, Dispatch, InvocationStatus, LegacyTrigger,
    ObserverState, On, ParentCaller, TriggerAction,
};
pub use stream_provider::IStream;
pub use trigger_type::RegisterTriggerType;
pub use worker::{TelemetryOptions, WorkerIdentityMode};

/// The request of an HTTP trigger.
pub type StreamRequest<T = serde_json::Value> = iii_helpers::http::HttpRequest<T>;
/// The response to an HTTP trigger.
pub type StreamResponse<T = serde_json::Value> = iii_helpers::http::HttpResponse<T>;

/// Workers, and what is registered.
pub mod runtime {
    pub use super::function::FunctionRef;
    pub use super::trigger_type::TriggerTypeRef;
    pub use super::worker::{
        FunctionInfo, IIIConnectionState, TriggerInfo, WorkerIdentityMode, WorkerInfo,
        WorkerMetadata,
    };
}

/// Triggers and those who provide them.
pub mod trigger {
    pub use super::builtin_triggers::IIITrigger;
    pub use super::triggers::{Trigger, TriggerConfig, TriggerHandler};
}

/// Channels.
pub mod channel {
    pub use super::channels::{Channel, ChannelReader, ChannelWriter, StreamChannelRef};
}

/// What goes wrong.
pub mod errors {
    pub use super::error::{Error, InvocationError};
}
