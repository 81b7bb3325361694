//! How often callers may ask: token buckets by key.
//!
//! A limit names a key (an address, a caller, a header, the route). Each key has a bucket that
//! refills steadily. All buckets of the worker live in one bounded table; when it is full those
//! that were not asked for longest are forgotten, which can only ever be in favour of a caller.

mod buckets;
mod config;
mod limiter;

pub(crate) use buckets::Buckets;
pub use config::{RateKey, RateLimit};
pub(crate) use limiter::{Limiter, Moment, Tally, Who};
