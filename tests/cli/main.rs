//! The `iii` binary as its users meet it: what it prints where, how it exits, how it lives on.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests stop where tests would"
)]

mod completions;
mod config_errors;
mod data;
mod listing;
mod queues;
mod reload;
mod serve;
mod stopping;
mod support;
mod tls;
mod trigger;
mod worker_run;
