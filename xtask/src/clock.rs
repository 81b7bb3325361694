//! The one place that reads the clock.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

#[expect(
    clippy::disallowed_methods,
    reason = "measuring real time is what this program does"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Seconds since 1970: a number that differs from run to run.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the clock"
)]
pub(crate) fn unix_seconds() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}
