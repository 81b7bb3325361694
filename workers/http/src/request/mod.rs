//! From an HTTP request to what its function gets.

mod body;
mod cookies;
mod form;
mod fuzz;
mod headers;
mod http2;
mod id;
mod json;
mod media;
mod origin;
mod payload;
mod query;
#[cfg(test)]
mod tests;
mod trace;

pub(crate) use body::{
    BodyError, BufferBudget, Buffered, Pace, announced, discard, next_frame, read,
};
pub(crate) use form::{File, Form, multipart, url_encoded};
pub use fuzz::fuzz_request;
pub(crate) use headers::single as single_header;
pub(crate) use http2::{host, unify};
pub(crate) use id::RequestIds;
pub(crate) use json::check_json;
pub(crate) use media::{Kind, MediaRange, kind};
pub(crate) use origin::{Origin, Peer, Proxies, Scheme};
pub(crate) use payload::{Channels, Parts, payload};
pub(crate) use query::Query;
pub(crate) use trace::context as trace_context;
