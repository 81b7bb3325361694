//! Which route serves a request.
//!
//! One owner writes (registrations, behind a mutex), every request reads an immutable snapshot. The
//! trie is persistent: a registration copies the nodes on one path and shares all others, so it
//! costs the depth of the pattern, not the number of routes, and publishing is one pointer swap.

mod escape;
mod hosts;
mod method;
mod pattern;
mod table;
#[cfg(test)]
mod tests;
mod trie;

pub(crate) use escape::{decode_component, decode_query};
pub(crate) use method::{Allowed, RouteMethod};
pub(crate) use pattern::{Pattern, Segment};
pub(crate) use table::{Binding, Route, Router};
pub(crate) use trie::Found;

/// What a lookup found.
pub(crate) enum Lookup<'p, T> {
    /// A route serves this path and method.
    Found(Found<'p, T>),
    /// Routes serve this path, none of them with this method.
    WrongMethod(Allowed),
    /// No route serves this path.
    NotFound,
}
