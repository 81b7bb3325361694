//! The worker on a real engine: called by an ordinary client, with the worker in the engine's
//! process and over WebSocket.
#![expect(
    clippy::unwrap_used,
    reason = "a test ends where something unexpected happens"
)]

mod functions;
mod guide;
mod triggers;
mod world;
