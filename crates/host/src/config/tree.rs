//! The YAML document as a tree with positions, and its way into Rust types.

pub(crate) mod deserialize;
pub(crate) mod expand;
pub(crate) mod node;
pub(crate) mod parse;
pub(crate) mod scalar;
