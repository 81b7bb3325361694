//! What workers need from outside, as traits: a key-value store, a log of queued work, leases and
//! a clock.
//!
//! A worker takes its ports by constructor and knows nothing of who implements them; a backend
//! implements the ports it honestly can and proves it with the suites in `contract`.
//!
//! **Invariant:** no implementation of a store lives here, and no worker's words: values, keys and
//! scopes are opaque.
//! **Invariant:** every port is object-safe, every operation has one error enum, and everything a
//! port holds is bounded by numbers that it states.
//!
//! Start reading at [`kv::Kv`], then [`log::Log`].
#![warn(missing_docs)]

mod clock;
#[cfg(feature = "contract")]
pub mod contract;
mod durability;
pub mod kv;
pub mod lease;
pub mod log;
mod reply;

pub use clock::{Alarm, Clock, ManualClock, SystemClock, UnixMs};
pub use durability::Durability;
pub use reply::{BoxFuture, Reply};
