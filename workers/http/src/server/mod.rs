//! The HTTP server: sockets, connections, and what happens to one request.

mod access;
mod activity;
mod answer;
mod asked;
mod call;
mod connection;
mod door;
mod exchange;
mod gated;
mod intake;
mod listener;
mod listeners;
mod paced;
mod patience;
mod protocol;
mod redirect;
mod refusal;
mod service;
mod tls;
mod upgrade;
mod upload;

pub use listeners::Endpoint;
pub(crate) use listeners::Listeners;
pub(crate) use service::Server;
