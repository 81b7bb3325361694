//! The three primitives as state machines: no I/O, no clock, no async, ordered maps only.
//!
//! Two kinds of state machine, driven the same way by the executor threads and by the simulator:
//!
//! * the [`Registrar`] owns the catalog. It takes an [`Event`](registrar::Event), returns effects
//!   and publishes an immutable [`Snapshot`];
//! * a [`Session`] is one connection. It takes messages of its worker and of other sessions, reads
//!   the snapshot, and returns effects.

mod authorizer;
mod builtin;
pub mod catalog;
mod effect;
mod ids;
mod message;
mod peer;
pub mod registrar;
mod rejection;
mod session;
mod tables;

pub use authorizer::{Authorizer, Identity, RESERVED_PREFIX, Refusal, Request, ReservedOnly};
pub use builtin::ChannelKeys;
pub use catalog::{DEFAULT_NAMESPACE, Snapshot};
pub use effect::{CancelReason, Deliver, Effect, Fire, Outcome, Peer};
pub use ids::{CallKey, Moment, SessionId, TriggerKey};
pub use registrar::Registrar;
pub use session::{Inbound, Rules, Session, Start};
pub use tables::{Action, Tables};
