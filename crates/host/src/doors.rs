//! The listeners of a running engine.

use crate::config::{Listener, Token};
use iii_engine::{Engine, ListenError, ListenerConfig};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

/// A closed listener gives its address back a moment later; so often is it asked for again.
const REOPEN_ATTEMPTS: usize = 50;
const REOPEN_PAUSE: Duration = Duration::from_millis(10);

/// The open listeners, with the configuration of each.
pub(crate) struct Doors {
    engine: Arc<Engine>,
    operator_token: Option<Token>,
    open: Vec<(Listener, iii_engine::Listener)>,
}

impl Doors {
    pub(crate) fn new(engine: Arc<Engine>, operator_token: Option<Token>) -> Self {
        Self {
            engine,
            operator_token,
            open: Vec::new(),
        }
    }

    pub(crate) fn open(&mut self, listener: &Listener) -> Result<(), ListenError> {
        let opened = self.engine.listen(self.settings(listener))?;
        self.open.push((listener.clone(), opened));
        Ok(())
    }

    /// Closes what `wanted` does not have, and opens what is not open. Connections stay, also those
    /// that were let in under an older token.
    ///
    /// Returns what could not be opened; a listener whose address could only be opened as it was
    /// before is opened so.
    pub(crate) async fn become_like(&mut self, wanted: &[Listener]) -> Vec<ListenError> {
        let (kept, closed): (Vec<_>, Vec<_>) = std::mem::take(&mut self.open)
            .into_iter()
            .partition(|(listener, _)| wanted.contains(listener));
        self.open = kept;
        let former: Vec<Listener> = closed.into_iter().map(|(listener, _)| listener).collect();
        let mut failed = Vec::new();
        for listener in wanted {
            if self.open.iter().any(|(open, _)| open == listener) {
                continue;
            }
            if let Err(error) = self.reopen(listener).await {
                failed.push(error);
                if let Some(before) = former.iter().find(|before| before.bind == listener.bind) {
                    // It fails as the new one did if the address itself is the trouble.
                    let _ = self.reopen(before).await;
                }
            }
        }
        failed
    }

    async fn reopen(&mut self, listener: &Listener) -> Result<(), ListenError> {
        for _ in 1..REOPEN_ATTEMPTS {
            match self.open(listener) {
                Err(ListenError::Bind { .. }) => tokio::time::sleep(REOPEN_PAUSE).await,
                other => return other,
            }
        }
        self.open(listener)
    }

    pub(crate) fn close(&mut self) {
        self.open.clear();
    }

    /// Where workers connect.
    pub(crate) fn urls(&self) -> Vec<String> {
        let url = |(listener, open): &(Listener, iii_engine::Listener)| {
            let scheme = if listener.tls.is_empty() { "ws" } else { "wss" };
            format!("{scheme}://{}", open.address())
        };
        self.open.iter().map(url).collect()
    }

    /// What is open, as it was configured.
    pub(crate) fn configurations(&self) -> Vec<Listener> {
        self.open
            .iter()
            .map(|(listener, _)| listener.clone())
            .collect()
    }

    fn settings(&self, listener: &Listener) -> ListenerConfig {
        let reveal = |token: &Token| token.reveal().to_owned();
        ListenerConfig {
            token: listener.token.as_ref().map(reveal),
            operator_token: self.operator_token.as_ref().map(reveal),
            allowed_origins: listener.allowed_origins.clone(),
            tls: listener.tls.clone(),
            inject_caller: listener.compat.inject_caller,
            ..ListenerConfig::new(listener.bind)
        }
    }
}

/// Tells early, before any worker has bound its own ports, that an address is taken: most often
/// another engine runs already.
pub(crate) fn check_free(listener: &Listener) -> Result<(), ListenError> {
    let bind = listener.bind;
    if bind.port() == 0 {
        return Ok(());
    }
    match TcpListener::bind(bind) {
        Ok(_) => Ok(()),
        Err(reason) => Err(ListenError::Bind { bind, reason }),
    }
}
