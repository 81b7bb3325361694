//! The system's clock. The only file of this crate that asks the system for the time.

use super::steady::Steady;
use super::{Clock, UnixMs};
use crate::BoxFuture;
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Longest nap before wall time is looked at again: how late a sleeper notices that the system's
/// clock was set.
const NAP_MAX: Duration = Duration::from_secs(30);

/// What all users of the clock in this process share, so that they agree.
static STEADY: Steady = Steady::new();
/// When the clock was first asked.
static START: OnceLock<Instant> = OnceLock::new();

/// The system's clock, but that it never goes back: where the machine's clock is set back, this one
/// goes on, slower by a tenth until both are the same again. Sleeping needs a tokio runtime with
/// time enabled.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the file that may ask")]
    fn now(&self) -> UnixMs {
        let wall = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let since_start = START.get_or_init(Instant::now).elapsed();
        let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        UnixMs(STEADY.now(ms(since_start), ms(wall)))
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
