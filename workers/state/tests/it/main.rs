//! The worker on a real engine: called by an ordinary client, with the worker in the engine's
//! process and over WebSocket.

mod functions;
mod triggers;
mod world;
