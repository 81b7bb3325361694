//! From an HTTP request to what its function gets.

mod body;
mod headers;
mod payload;
mod query;
#[cfg(test)]
mod tests;
mod trace;

pub(crate) use body::{BodyError, BufferBudget, Buffered, discard, read};
pub(crate) use headers::is_json;
pub(crate) use payload::{Parts, check_json, payload};
pub(crate) use query::Query;
pub(crate) use trace::context as trace_context;
