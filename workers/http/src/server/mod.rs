//! The HTTP server: sockets, connections, and what happens to one request.

mod answer;
mod exchange;
mod intake;
mod listener;
mod refusal;
mod service;
mod upload;

pub(crate) use listener::Bound;
pub(crate) use service::Server;
