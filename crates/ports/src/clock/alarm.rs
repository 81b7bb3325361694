//! Waking somebody when something is due, without looking in between.

use super::{Clock, UnixMs};
use parking_lot::Mutex;
use tokio::sync::Notify;

/// The next instant at which something is due, as far as is known.
///
/// ```
/// use iii_ports::{Alarm, ManualClock, UnixMs};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let alarm = Alarm::default();
/// alarm.set(UnixMs(5));
/// alarm.rings(&ManualClock::at(UnixMs(7))).await;
/// # }
/// ```
#[derive(Default)]
pub struct Alarm {
    at: Mutex<Option<UnixMs>>,
    earlier: Notify,
}

impl Alarm {
    /// Something is due at this instant. What is due later than what is planned already is not
    /// noted: whoever is woken finds out. Ringing for nothing does no harm.
    pub fn set(&self, at: UnixMs) {
        let mut planned = self.at.lock();
        if planned.is_none_or(|planned| at < planned) {
            *planned = Some(at);
            drop(planned);
            self.earlier.notify_one();
        }
    }

    /// Waits until the planned instant has come and forgets it. For one waiter.
    pub async fn rings(&self, clock: &dyn Clock) {
        loop {
            let planned = *self.at.lock();
            match planned {
                None => self.earlier.notified().await,
                Some(at) if at > clock.now() => tokio::select! {
                    () = self.earlier.notified() => {}
                    () = clock.sleep_until(at) => {}
                },
                Some(_) => {
                    *self.at.lock() = None;
                    return;
                }
            }
        }
    }
}
