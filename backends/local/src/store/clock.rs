//! The only place of this crate that looks at a clock.

use std::time::Instant;

#[expect(
    clippy::disallowed_methods,
    reason = "how long the disk takes is no matter of anybody's clock"
)]
pub(super) fn now() -> Instant {
    Instant::now()
}
