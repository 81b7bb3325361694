//! What the engine knows of functions: their schemas, workers and descriptions.
//!
//! Asked for once, and again after the engine has said that the set of functions changed.

mod watch;

pub(crate) use watch::{Catalog, DescribeError, Described};
