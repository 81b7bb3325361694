//! What calls, registrations and handlers fail with.

use crate::{ChannelError, HandlerError, RegisterError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why something failed.
///
/// A handler fails with it too: [`Error::Remote`] keeps its code on the way to the caller, all
/// others arrive as `invocation_failed` with their text.
///
/// ```
/// use iii_kit::published::Error;
/// let error = Error::from("no such order");
/// assert_eq!(error.to_string(), "handler error: no such order");
/// ```
#[derive(Clone, Debug, thiserror::Error, Serialize, JsonSchema)]
pub enum Error {
    /// There is no connection, it broke while the call was on its way, or the client is shut down.
    #[error("iii is not connected")]
    NotConnected,
    /// The call did not end in time.
    #[error("invocation timed out")]
    Timeout,
    /// This client could not do it: a limit is reached.
    #[error("runtime error: {0}")]
    Runtime(String),
    /// The engine or the function answered with an error.
    #[error("remote error ({code}): {message}")]
    Remote {
        /// A code of the protocol's catalogue, or the function's own.
        code: String,
        /// For people.
        message: String,
        /// Where it happened, if the worker tells.
        stacktrace: Option<String>,
    },
    /// A handler's own failure, or a request that cannot be.
    #[error("handler error: {0}")]
    Handler(String),
    /// A value does not fit its JSON, or JSON its type.
    #[error("serialization error: {0}")]
    Serde(String),
    /// A channel broke, or its address cannot be used.
    #[error("websocket error: {0}")]
    WebSocket(String),
    /// The engine refused this worker for good. What it said beside the code is in the log.
    #[error(
        "registration rejected ({code}) in namespace '{namespace}' by worker '{owner_worker_id}'"
    )]
    RegistrationRejected {
        /// A code of the protocol's catalogue.
        code: String,
        /// The worker's namespace.
        namespace: String,
        /// The worker's name.
        worker_name: Option<String>,
        /// The function that is taken, if it is about one.
        function_id: Option<String>,
        /// Who has the name. Always empty: our engine admits workers of one name as replicas, so
        /// that what it does refuse is not somebody else's doing.
        owner_worker_id: String,
    },
}

/// The failure of a function, with its code and message as values.
///
/// ```
/// use iii_kit::published::Error;
/// let error = Error::Remote {
///     code: "OUT_OF_STOCK".into(),
///     message: "none left".into(),
///     stacktrace: None,
/// };
/// let failure = error.invocation_error().expect("a function failed");
/// assert_eq!(failure.to_string(), "OUT_OF_STOCK: none left");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InvocationError {
    /// A code of the protocol's catalogue, or the function's own.
    pub code: String,
    /// For people.
    pub message: String,
    /// The function; never known here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function_id: Option<String>,
    /// Where it happened, if the worker tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stacktrace: Option<String>,
}

impl Error {
    /// The failure of a function; `None` when something else went wrong.
    pub fn invocation_error(&self) -> Option<InvocationError> {
        match self {
            Self::Remote {
                code,
                message,
                stacktrace,
            } => Some(InvocationError {
                code: code.clone(),
                message: message.clone(),
                function_id: None,
                stacktrace: stacktrace.clone(),
            }),
            _ => None,
        }
    }

    /// What a call failed with, in the words of the published client.
    pub(super) fn of_call(error: crate::Error, rejected: impl FnOnce(String) -> Self) -> Self {
        match error {
            crate::Error::Remote {
                code,
                message,
                stacktrace,
                ..
            } => Self::Remote {
                code,
                message,
                stacktrace,
            },
            crate::Error::Timeout { .. } => Self::Timeout,
            crate::Error::ConnectionLost | crate::Error::ShutDown => Self::NotConnected,
            crate::Error::Serialization(text) | crate::Error::Deserialization(text) => {
                Self::Serde(text)
            }
            crate::Error::Rejected(rejection) => rejected(rejection.code),
            // Published clients name this one; what is too large is so on either side.
            error @ crate::Error::PayloadTooLarge { .. } => Self::Remote {
                code: error.code().to_owned(),
                message: error.to_string(),
                stacktrace: None,
            },
            error @ (crate::Error::Cancelled | crate::Error::Overloaded { .. }) => {
                Self::Runtime(error.to_string())
            }
        }
    }

    /// What is wrong with a registration before it is sent.
    pub(super) fn of_registration(error: &RegisterError) -> Self {
        Self::Handler(error.to_string())
    }

    /// What a channel failed with.
    pub(super) fn of_channel(error: &ChannelError) -> Self {
        match error {
            ChannelError::Closed => Self::NotConnected,
            other => Self::WebSocket(other.to_string()),
        }
    }
}

impl From<Error> for HandlerError {
    /// Only a failure that has a code of its own keeps it.
    fn from(error: Error) -> Self {
        match error {
            Error::Remote {
                code,
                message,
                stacktrace,
            } => {
                let mut failure = Self::new(code, message);
                failure.stacktrace = stacktrace;
                failure
            }
            other => Self::failed(other.to_string()),
        }
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Serde(error.to_string())
    }
}

impl From<String> for Error {
    fn from(message: String) -> Self {
        Self::Handler(message)
    }
}

impl From<&str> for Error {
    fn from(message: &str) -> Self {
        Self::Handler(message.to_owned())
    }
}

impl fmt::Display for InvocationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for InvocationError {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn of_call(error: crate::Error) -> Error {
        Error::of_call(error, |code| Error::RegistrationRejected {
            code,
            namespace: "default".to_owned(),
            worker_name: None,
            function_id: None,
            owner_worker_id: String::new(),
        })
    }

    #[test]
    fn calls_fail_with_the_published_variants() {
        let late = crate::Error::Timeout {
            function_id: "f".to_owned(),
            timeout: Duration::from_millis(1),
        };
        assert!(matches!(of_call(late), Error::Timeout));
        for gone in [crate::Error::ConnectionLost, crate::Error::ShutDown] {
            assert!(matches!(of_call(gone), Error::NotConnected));
        }
        let bad = crate::Error::Deserialization("a number".to_owned());
        assert!(matches!(of_call(bad), Error::Serde(text) if text == "a number"));
        let large = crate::Error::PayloadTooLarge { size: 2, limit: 1 };
        let code = of_call(large).invocation_error().map(|error| error.code);
        assert_eq!(code.as_deref(), Some("payload_too_large"));
        let rejection = crate::Rejection {
            code: "UNAUTHORIZED".to_owned(),
            message: "no token".to_owned(),
        };
        let rejected = of_call(crate::Error::Rejected(rejection));
        assert!(
            matches!(&rejected, Error::RegistrationRejected { code, .. } if code == "UNAUTHORIZED")
        );
        let full = of_call(crate::Error::Overloaded { limit: "calls_max" });
        assert!(matches!(full, Error::Runtime(text) if text.contains("calls_max")));
    }

    #[test]
    fn only_a_remote_error_keeps_its_code_on_the_way_to_the_caller() {
        let own = Error::Remote {
            code: "OUT_OF_STOCK".to_owned(),
            message: "none left".to_owned(),
            stacktrace: Some("at shelf 7".to_owned()),
        };
        let failure = HandlerError::from(own);
        assert_eq!(failure.code, "OUT_OF_STOCK");
        assert_eq!(failure.message, "none left");
        assert_eq!(failure.stacktrace.as_deref(), Some("at shelf 7"));
        let failure = HandlerError::from(Error::Timeout);
        assert_eq!(failure.code, "invocation_failed");
        assert_eq!(failure.message, "invocation timed out");
    }
}
