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
mod open_files;
mod operator_token;
mod signals;
mod watch;

pub use built_in::{BuiltIn, Plan};
pub use config::{
    Authorization, BindAddress, Compat, Config, DEFAULT_NAMES, Environment, Error as ConfigError,
    File, Listener, Position, Problem, Section, Token, WorkerEntry,
};
pub use env::ProcessEnvironment;
pub use open_files::raise_open_files;
pub use operator_token::{OperatorTokenError, read_operator_token};
pub use signals::Signals;
pub use watch::FileWatch;
