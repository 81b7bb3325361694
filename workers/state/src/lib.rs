//! The worker `state`: JSON values under scopes and keys, with versions, expiry, atomic updates and
//! batches, ordered lists, and functions that run when entries change.
//!
//! **Invariant:** values are text. They are stored, listed, announced and answered byte for byte as
//! they came; only `state::update` opens them, and only where it changes them.
//! **Invariant:** the worker keeps nothing but what triggers wait for: entries are behind the `kv`
//! port, and what an acknowledgement is worth is the store's `durability`.
//! **Invariant:** events of one entry reach a trigger in the order of the entry's versions, one at
//! a time, at most once; nothing is announced that changed nothing.
//!
//! Start reading at `state.rs`, then `functions/set.rs` and `store.rs`; triggers begin at
//! `trigger/feed.rs`.

mod announce;
mod config;
mod durable;
mod error;
mod expiry;
mod functions;
mod input;
mod json;
mod lanes;
mod limits;
mod state;
mod store;
mod tasks;
#[cfg(test)]
mod testing;
mod trigger;
mod update;

pub use config::Config;
pub use state::State;
