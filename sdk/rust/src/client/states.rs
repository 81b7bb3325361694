//! Where a client stands with its engine, as it changes.

use super::Status;
use crate::ConnectionState;
use tokio::sync::watch;

/// The states a client comes to. Made by [`crate::Client::connection_states`]; it does not keep
/// the client alive.
///
/// Whoever is slow sees the latest state, not each one in between.
///
/// ```no_run
/// # async fn example(client: iii_kit::Client) {
/// let mut states = client.connection_states();
/// while let Some(state) = states.next().await {
///     println!("{state:?}");
/// }
/// # }
/// ```
#[derive(Clone)]
pub struct ConnectionStates {
    status: watch::Receiver<Status>,
    shown: Option<ConnectionState>,
}

impl ConnectionStates {
    pub(super) fn new(status: watch::Receiver<Status>) -> Self {
        Self {
            status,
            shown: None,
        }
    }

    /// The next state, at first the present one; `None` after the last one, which is
    /// [`ConnectionState::Closed`] or [`ConnectionState::Failed`].
    pub async fn next(&mut self) -> Option<ConnectionState> {
        let shown = &self.shown;
        let changed = |status: &Status| Some(&status.state) != shown.as_ref();
        // The sender is gone once the client has ended; its last word can still be read.
        let state = self.status.wait_for(changed).await.ok()?.state.clone();
        self.shown = Some(state.clone());
        Some(state)
    }
}
