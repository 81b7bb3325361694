//! The whole way of a request: real sockets, the real engine, workers over memory and over
//! WebSocket.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod access;
mod answers;
mod bodies;
mod client;
mod curl;
mod delivery;
mod files;
mod guide;
mod routes;
mod server;
mod streams;
mod websockets;
mod world;
