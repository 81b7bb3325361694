//! The HTTP server: sockets, connections, and what happens to one request.

mod access;
mod answer;
mod exchange;
mod gated;
mod intake;
mod listener;
mod refusal;
mod service;
mod upload;

pub(crate) use listener::Bound;
pub(crate) use service::Server;
