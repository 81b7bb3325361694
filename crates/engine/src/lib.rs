//! The engine: functions, triggers, workers, and nothing else.
//!
//! **Invariant:** the core knows three nouns. No worker, trigger type or function of a worker is
//! named in this crate; what the core must call by id comes to it in [`Tables`].
//! **Invariant:** the core is sans-I/O. [`core`] has no clock, no sockets and no async; the
//! executor threads in `runtime` drive it, and so does the simulator.
//! **Invariant:** the engine keeps no durable state. What must survive belongs to a worker.
//!
//! Start reading at `core/mod.rs`, then `core/message/invoke_function.rs`.

pub mod core;
mod runtime;

pub use core::{Action, Authorizer, Identity, Refusal, Request, ReservedOnly, Tables};
pub use runtime::{Config, Engine, ListenError, Listener, ListenerConfig, StartError};
