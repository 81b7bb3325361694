//! From an HTTP request to what its function gets.

mod body;
mod fuzz;
mod headers;
mod json;
mod payload;
mod query;
#[cfg(test)]
mod tests;
mod trace;

pub(crate) use body::{BodyError, BufferBudget, Buffered, discard, read};
pub use fuzz::fuzz_request;
pub(crate) use headers::is_json;
pub(crate) use json::check_json;
pub(crate) use payload::{Channels, Parts, payload};
pub(crate) use query::Query;
pub(crate) use trace::context as trace_context;
