//! What tests stand on: a real engine in the test's process, and real processes to kill.
//!
//! Most tests want [`TestEngine`] or, for the suite of a worker, [`in_both_modes`]. Tests of the
//! binary want [`EngineProcess`] and [`iii`].
//!
//! **Invariant:** no sleeps and no fixed ports. What a test waits for is a condition, with
//! [`PATIENCE`] as its limit.
//! **Invariant:** nothing outlives a test: engines, processes and folders end with their value.
//!
//! Start reading at [`TestEngine`].

mod authority;
mod both_modes;
mod catalog_watch;
mod clock;
mod deaths;
mod engine;
mod env;
mod peers;
mod prepared;
mod process;
mod skip;
mod wait;

pub use authority::Authority;
pub use both_modes::{Bench, Mode, in_both_modes};
pub use catalog_watch::CatalogWatch;
pub use deaths::{Deaths, START_MAX};
pub use engine::TestEngine;
pub use peers::{connect, connect_trusting, echo};
pub use prepared::prepared;
pub use process::{Ended, EngineProcess, Event, ProcessOptions, Ran, iii, iii_binary};
pub use skip::{skip, skip_named};
pub use wait::{PATIENCE, eventually, within};
