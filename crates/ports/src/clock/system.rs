//! The system's clock. The only file of this crate that asks the system for the time.

use super::{Clock, UnixMs};
use crate::BoxFuture;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Longest nap before wall time is looked at again: how late a sleeper notices that the system's
/// clock was set.
const NAP_MAX: Duration = Duration::from_secs(30);

/// The system's clock. Sleeping needs a tokio runtime with time enabled.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the file that may ask")]
    fn now(&self) -> UnixMs {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        UnixMs::default().after(since)
    }

    fn sleep_until(&self, at: UnixMs) -> BoxFuture<'static, ()> {
        let clock = *self;
        Box::pin(async move {
            while let Some(left) = at.0.checked_sub(clock.now().0).filter(|left| *left > 0) {
                tokio::time::sleep(Duration::from_millis(left).min(NAP_MAX)).await;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sleeping_ends_when_the_instant_is_there() {
        let clock = SystemClock;
        clock.sleep_until(UnixMs(0)).await;
        let at = clock.now().after(Duration::from_millis(5));
        clock.sleep_until(at).await;
        assert!(clock.now() >= at);
    }
}
