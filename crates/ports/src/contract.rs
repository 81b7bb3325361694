//! The suites that prove a backend: every implementation of a port runs the port's suite in its
//! tests. They panic, with the name of the case, where the contract is broken.

mod cases;
mod kv;
mod leases;
mod log;

pub use kv::kv;
pub use leases::{leases, leases_reopened};
pub use log::{log, log_reopened};
