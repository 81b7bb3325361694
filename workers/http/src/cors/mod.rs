//! Who may read answers from pages of other origins.
//!
//! Without configuration no header is ever added, which leaves everything to the same origin. With
//! it the server answers preflight requests itself, so that no function has to know of them, and
//! a function that serves OPTIONS still gets every OPTIONS request that is no preflight.

mod config;
mod rules;

pub use config::Cors;
pub(crate) use rules::{Rules, is_preflight};
