//! The whole way of a request: real sockets, the real engine, workers over memory and over
//! WebSocket.

mod client;
mod routes;
mod scratch;
mod world;
