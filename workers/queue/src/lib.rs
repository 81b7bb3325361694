//! The worker `queue`: durable queues and topics with groups, priorities, delays, limits, retries
//! and a list of dead messages.
//!
//! **Invariant:** a message is acknowledged when it is durable, handed over when it is durable, and
//! handed over until it is done or dead; after a crash that is found out from the store alone.
//! **Invariant:** nothing is polled. A message, an ending, a timer or a function that comes back
//! wakes what waits for it.
//! **Invariant:** what a message carries is never parsed, except for those fields that the settings
//! of its queue name.
//! **Invariant:** everything is decided in `core`, which does nothing; everything else carries out.
//!
//! The guide `docs/guides/queue.md` shows it all, with examples that tests run.
//!
//! Start reading at `core/queue.rs`, then `hub.rs` and `deliver.rs`.

mod commits;
mod config;
mod core;
mod deliver;
mod error;
mod functions;
mod hub;
mod input;
mod limits;
mod open;
mod payload;
mod presence;
mod tasks;
#[cfg(test)]
mod testing;
mod trigger;
mod worker;

pub use config::{Adapter, Config};
pub use core::{Batch, Jitter, Kind, Rate, Settings};
pub use worker::Queue;
