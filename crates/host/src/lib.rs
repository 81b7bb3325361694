//! Composition root: from a configuration to a running engine with its workers.
//!
//! **Invariant:** wiring only. What a worker does is in its own folder, what the engine does is in
//! `crates/engine`; this crate reads settings, connects parts and stops them in order.
//! **Invariant:** the user's files are read, never written.
//!
//! Start reading at [`Config`].

mod built_in;
mod config;
mod env;

pub use built_in::{BuiltIn, Plan};
pub use config::{
    Authorization, BindAddress, Compat, Config, DEFAULT_NAMES, Environment, Error as ConfigError,
    File, Listener, Position, Problem, Section, Token, WorkerEntry,
};
pub use env::ProcessEnvironment;
