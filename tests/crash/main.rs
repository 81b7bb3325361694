//! The `iii` binary under what kills processes: SIGKILL, crowds, garbage, and a long life.
//!
//! Start reading at `worker_killed.rs`; each file is one way to die, or not to.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests stop where tests would"
)]

mod changes_kept;
mod crowds;
mod engine_killed;
mod fail_points;
mod long_life;
mod queue_kept;
mod state_kept;
mod support;
mod worker_killed;
