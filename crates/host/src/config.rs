//! `iii-config.yaml`: from text to typed, checked settings.
//!
//! A file is parsed into a tree that keeps positions, placeholders are expanded in its values,
//! published names are translated, and then every section is read by whoever owns it: the root
//! here, a worker's `config` by the worker's own `Config`. The file itself is never written.

mod environment;
pub(crate) mod error;
mod file;
mod limits;
mod listener;
mod published;
mod reader;
mod root;
mod section;
mod store;
pub(crate) mod tree;
mod worker;

#[cfg(test)]
mod tests;

pub use environment::Environment;
pub use error::{Error, Problem};
pub use file::{DEFAULT_NAMES, File};
pub use listener::{BindAddress, Compat, Listener, Token};
pub use root::Config;
pub use section::Section;
pub use store::{Durability, StoreConfig};
pub use tree::node::Position;
pub use worker::WorkerEntry;
