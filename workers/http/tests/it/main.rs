//! The whole way of a request: real sockets, the real engine, workers over memory and over
//! WebSocket.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod access;
mod answers;
mod bodies;
mod client;
mod clients;
mod curl;
mod delivery;
mod drain;
mod files;
mod guards;
mod guide;
mod http2;
mod http2_client;
mod listeners;
mod middleware;
mod openapi;
mod routes;
mod schemathesis;
mod server;
mod slow_readers;
mod streams;
mod tls;
mod typed;
mod validation;
mod websockets;
mod world;
