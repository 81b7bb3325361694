//! Removing expired entries when their time comes, without looking in between.

use crate::limits::SWEEP_RETRY;
use crate::store::Store;
use iii_kit::CancellationToken;
use iii_ports::UnixMs;
use iii_ports::kv::SweepError;
use std::sync::Arc;

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
