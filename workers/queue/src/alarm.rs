//! Wakes the worker when something is due, without looking in between.

use iii_ports::{Clock, UnixMs};
use parking_lot::Mutex;
use tokio::sync::Notify;

/// When something happens next, as far as is known.
#[derive(Default)]
pub(crate) struct Alarm {
    at: Mutex<Option<UnixMs>>,
    earlier: Notify,
}

impl Alarm {
    /// Something is due at this instant. Ringing for nothing does no harm.
    pub(crate) fn set(&self, at: UnixMs) {
        let mut planned = self.at.lock();
        if planned.is_none_or(|planned| at < planned) {
            *planned = Some(at);
            drop(planned);
            self.earlier.notify_one();
        }
    }

    /// Waits until the planned instant has come and forgets it.
    pub(crate) async fn rings(&self, clock: &dyn Clock) {
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
