//! The engine over real sockets, against clients that misbehave: each fault has a defined answer,
//! and none hurts another worker.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod calls;
mod channels;
mod connections;
mod frames;
mod raw;
