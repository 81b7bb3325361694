//! Removing expired entries when their time comes, without looking in between.

use crate::limits::SWEEP_RETRY;
use crate::store::Store;
use iii_kit::CancellationToken;
use iii_ports::kv::SweepError;
use iii_ports::{Clock, UnixMs};
use parking_lot::Mutex;
use std::sync::Arc;
use tokio::sync::Notify;

/// When the next entry expires, as far as is known.
#[derive(Default)]
pub(crate) struct Alarm {
    at: Mutex<Option<UnixMs>>,
    earlier: Notify,
}

impl Alarm {
    /// Something expires at this instant.
    pub(crate) fn set(&self, at: UnixMs) {
        let mut planned = self.at.lock();
        if planned.is_none_or(|planned| at < planned) {
            *planned = Some(at);
            drop(planned);
            self.earlier.notify_one();
        }
    }

    /// Waits until the planned instant has come and forgets it.
    async fn rings(&self, clock: &dyn Clock) {
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

/// Sweeps whenever something has expired, until told to stop or the store is closed.
pub(crate) async fn run(store: Arc<Store>, stop: CancellationToken) {
    // A store that outlived its last worker may hold entries whose instant is not known here.
    store.alarm.set(UnixMs(0));
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = store.alarm.rings(store.clock()) => {}
        }
        match store.sweep().await {
            Ok(None) => {}
            Ok(Some(next)) => store.alarm.set(next),
            Err(SweepError::Closed) => return,
            Err(error @ SweepError::Io(_)) => {
                tracing::warn!(error = %error, "expired entries could not be removed");
                store.alarm.set(store.clock().now().after(SWEEP_RETRY));
            }
        }
        // A long row of expired entries must not keep other work from its turn.
        tokio::task::yield_now().await;
    }
}
