//! Functions that are asked before and after the handler.
//!
//! **Invariant:** they fail closed. Whatever is not a clear "continue" refuses the request: an
//! error, no answer in time, an answer that cannot be read, a function that is not there.

mod call;
mod change;
mod config;
mod verdict;

pub(crate) use call::{Caller, Failure, Step};
pub(crate) use change::Changes;
pub use config::{Middleware, Phase};
pub(crate) use verdict::Verdict;
