//! The published clients, unmodified, against the real engine.
//!
//! Each client is driven by a program in its own language (`python/`, `node/`, `rust/`) that prints
//! one JSON line for each thing it checked; this crate starts the engine, runs the program and
//! reads the lines.
//!
//! The program in Rust is built twice: on the published packages, and on what iii-kit offers in
//! their place (`rust/kit/`); the two reports must be the same.
//!
//! **Invariant:** nothing of a published client is patched, wrapped or read from a copy; it comes
//! from its registry by name and version.
//!
//! Start reading at `tests/it/clients.rs`, then at `python/main.py`.

mod build;
mod program;
mod telemetry;

pub use build::{cargo_build, target_folder};
pub use program::{Outcome, Part, Program};
pub use telemetry::Collector;
