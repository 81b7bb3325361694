//! Composition root: from a configuration to a running engine with its workers.
//!
//! **Invariant:** wiring only. What a worker does is in its own folder, what the engine does is in
//! `crates/engine`; this crate reads settings, connects parts and stops them in order.
//! **Invariant:** the user's files are read, never written.
//!
//! Start reading at [`Config`], then [`Host`]. A new first-party worker is added in `workers.rs`.

mod backends;
mod built_in;
mod config;
mod crew;
pub mod data;
mod doors;
mod env;
mod fail_point;
mod host;
mod load;
mod open_files;
mod operator_token;
mod reload;
mod signals;
mod start_error;
mod tables;
mod tasks;
mod unflushed;
mod watch;
mod workers;

pub use backends::Backends;
pub use built_in::{BuiltIn, Change, Made, Plan};
pub use config::{
    BindAddress, Compat, Config, DEFAULT_NAMES, Durability, Environment, Error as ConfigError,
    File, Listener, Position, Problem, Section, StoreConfig, Token, WorkerEntry,
};
pub use env::ProcessEnvironment;
pub use host::Host;
pub use load::{load, plan_of};
pub use open_files::raise_open_files;
pub use operator_token::{OperatorTokenError, read_operator_token};
pub use reload::Reloaded;
pub use signals::Signals;
pub use start_error::StartError;
pub use watch::FileWatch;
pub use workers::BUILT_INS;
