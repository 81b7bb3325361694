//! Time. The only file of this crate that asks for it. It is the async runtime's, so that a test
//! with a paused clock moves every timer here.

use std::time::Duration;
use tokio::time::Instant;

/// Longer waits than this are as good as none and would overflow the clock.
const WAIT_MAX: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The moment when a wait is over.
pub(crate) fn after(wait: Duration) -> Instant {
    now() + wait.min(WAIT_MAX)
}
