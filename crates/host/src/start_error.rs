//! Why an engine with its workers did not start.

/// The part that did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The engine itself.
    #[error(transparent)]
    Engine(#[from] iii_engine::StartError),
    /// A listener.
    #[error(transparent)]
    Listen(#[from] iii_engine::ListenError),
    /// A worker of this process.
    #[error("worker `{name}` did not start: {reason}")]
    Worker {
        /// Its name.
        name: &'static str,
        /// What it said.
        reason: iii_kit::StartError,
    },
}

impl StartError {
    /// What to do next.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Listen(iii_engine::ListenError::Tls { .. }) => {
                Some("check `listeners[].tls`, and that this user may read the files")
            }
            Self::Listen(_) => Some(
                "if another engine runs there, use it or stop it; \
                 else set another address in `listeners[].bind`",
            ),
            Self::Worker {
                reason: iii_kit::StartError::Unavailable(_),
                ..
            } => Some(
                "if the port is taken, stop what listens there, or set another in the `config` \
                 of the worker",
            ),
            // They say themselves what to do.
            Self::Engine(_)
            | Self::Worker {
                reason: iii_kit::StartError::Data(_),
                ..
            } => None,
            Self::Worker { .. } => Some("check the `config` of the worker"),
        }
    }
}
