//! Executor threads: what drives the core with real connections and real time.
//!
//! Each thread runs one single-threaded async runtime and owns the sessions pinned to it. A
//! message is handled where it arrives, and what it causes on the same thread is written to the
//! other socket in the same turn, with no task switch between.

mod access;
mod channels;
mod dialer;
mod engine;
mod executor;
mod identity;
mod inbox;
mod listener;
mod live;
mod pump;
mod settings;
mod shared;
mod tasks;

pub use engine::{Engine, Listener};
pub use settings::{Config, ListenError, ListenerConfig, StartError};
