//! Time. The only file of this crate that asks for it. It is the async runtime's, so that a test
//! with a paused clock moves every timer here.

use tokio::time::Instant;

pub(crate) fn now() -> Instant {
    Instant::now()
}
