//! From what a function did to an HTTP response.

mod body;
pub(crate) mod compression;
pub(crate) mod conditional;
mod cookies;
pub(crate) mod error;
mod headers;
mod result;
mod stream_head;
#[cfg(test)]
mod tests;

pub(crate) use body::{Chunks, ResponseBody, Truncated, Watch};
pub(crate) use result::{from_result, nothing};
pub(crate) use stream_head::StreamHead;
