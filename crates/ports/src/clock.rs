//! Time as a port.

mod alarm;
mod manual;
mod steady;
mod system;

use crate::BoxFuture;
use std::time::Duration;

pub use alarm::Alarm;
pub use manual::ManualClock;
pub use system::SystemClock;

/// An instant of wall time in milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixMs(pub u64);

impl UnixMs {
    /// The instant that lies `by` later; the end of time if that is too late to be counted.
    #[must_use]
    pub fn after(self, by: Duration) -> Self {
        Self(
            self.0
                .saturating_add(u64::try_from(by.as_millis()).unwrap_or(u64::MAX)),
        )
    }
}

/// Where a worker's time comes from.
///
/// # Contract
/// * `now` is wall time: it may jump when the system's clock is set.
/// * `sleep_until` ends soon after `now` reaches the instant, also when it got there by a jump; it
///   ends at once for an instant that has passed. Dropping it costs nothing.
pub trait Clock: Send + Sync {
    /// The present.
    fn now(&self) -> UnixMs;

    /// Waits for an instant.
    fn sleep_until(&self, at: UnixMs) -> BoxFuture<'static, ()>;
}
