//! The `iii` binary under what kills processes: SIGKILL, crowds, garbage, and a long life.
//!
//! Start reading at `worker_killed.rs`; each file is one way to die, or not to.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests stop where tests would"
)]

mod changes_kept;
mod crowds;
mod engine_gone;
mod engine_killed;
mod fail_points;
mod fail_points_under_load;
mod long_life;
mod queue_kept;
mod queue_load;
mod state_kept;
mod state_load;
mod support;
mod worker_killed;
