//! Waiting for a condition instead of for a time.

use crate::clock::Deadline;
use std::future::Future;
use std::time::Duration;

/// How long a test waits for something that takes milliseconds. It is long because machines are
/// busy; no test that passes comes near it.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Pause between two looks at something that cannot tell when it changes.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Awaits something that must happen.
///
/// # Panics
/// It has not happened within [`PATIENCE`].
#[track_caller]
pub fn within<T>(what: &str, future: impl Future<Output = T>) -> impl Future<Output = T> {
    let caller = std::panic::Location::caller();
    let what = what.to_owned();
    async move {
        let Ok(value) = tokio::time::timeout(PATIENCE, future).await else {
            panic!("{caller}: {what} has not happened within {PATIENCE:?}")
        };
        value
    }
}

/// Asks again and again until there is an answer. For what cannot be awaited; see
/// [`crate::CatalogWatch`] for the catalog, which can.
///
/// # Panics
/// There is no answer within [`PATIENCE`].
pub async fn eventually<T>(what: &str, mut probe: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Deadline::after(PATIENCE);
    loop {
        if let Some(answer) = probe().await {
            return answer;
        }
        assert!(
            deadline.left().is_some(),
            "{what} has not happened within {PATIENCE:?}"
        );
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// The blocking form of [`eventually`].
pub(crate) fn eventually_blocking<T>(what: &str, mut probe: impl FnMut() -> Option<T>) -> T {
    let deadline = Deadline::after(PATIENCE);
    loop {
        if let Some(answer) = probe() {
            return answer;
        }
        assert!(
            deadline.left().is_some(),
            "{what} has not happened within {PATIENCE:?}"
        );
        std::thread::sleep(LOOK_AGAIN);
    }
}
