//! The `http` worker: HTTP endpoints as triggers.
//!
//! A trigger of type `http` binds a function to a method and a path. A request becomes one JSON
//! payload, the function's result becomes the response; raw request bodies and streamed responses
//! go through channels.
//!
//! **Invariant:** an ordinary worker on the public SDK; it knows no engine.
//! **Invariant:** a bad registration hurts nobody else: patterns are validated, conflicts name the
//! owner, and routes that are served change only by a pointer swap.
//! **Invariant:** bodies are checked and spliced, never parsed into values and rebuilt.
//!
//! Start reading at [`Http`], then `server/service.rs`: what happens to one request.

mod config;
mod limits;
mod request;
mod response;
mod router;
mod server;
mod shape;
mod tasks;
mod trigger;
mod worker;

pub use config::{Config, Cors};
pub use worker::{Http, Listening};
