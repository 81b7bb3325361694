//! Requests against the request schemas of functions.
//!
//! A function's schema describes its input. That of a function written for HTTP is the request
//! object (`body`, `path_params`, `query_params`, `headers`); any other schema is taken for that of
//! the body. References out of the schema are not followed.

mod checker;
mod shape;

pub(crate) use checker::{Checker, Violation};
pub(crate) use shape::{Shape, shape};
