//! What an operation fails with.

use iii_kit::{ChannelError, DialError, Error, RegisterError};
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(crate) struct Failure {
    pub(crate) code: String,
    pub(crate) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stacktrace: Option<String>,
}

impl Failure {
    pub(crate) fn new(code: &str, message: impl ToString) -> Self {
        Self {
            code: code.to_owned(),
            message: message.to_string(),
            stacktrace: None,
        }
    }

    /// The runner asked for something that does not exist.
    pub(crate) fn unknown(what: &str, name: &str) -> Self {
        Self::new("driver", format!("no {what} `{name}`"))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Remote {
                code,
                message,
                stacktrace,
                ..
            } => Self {
                code,
                message,
                stacktrace,
            },
            other => Self::new(other.code(), &other),
        }
    }
}

impl From<RegisterError> for Failure {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::Refused { code, message, .. } => Self::new(&code, message),
            other => Self::new(other.code(), &other),
        }
    }
}

impl From<ChannelError> for Failure {
    fn from(error: ChannelError) -> Self {
        Self::new(error.code(), &error)
    }
}

impl From<DialError> for Failure {
    fn from(error: DialError) -> Self {
        Self::new("INVALID_ARGUMENTS", error)
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::new("driver", format!("the request is not understood: {error}"))
    }
}
