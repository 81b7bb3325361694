//! How handlers fail.

use super::{Error, RegisterError, retry};
use crate::ChannelError;
use crate::codec::value_payload;
use iii_protocol::Payload;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt;
use std::panic::Location;
use std::time::Duration;

/// How a handler fails: its code and message reach the caller unchanged. Where it was made reaches
/// the caller only in development, see [`crate::ClientOptions::development`].
///
/// ```
/// use iii_kit::HandlerError;
/// let error = HandlerError::new("out_of_stock", "no `bolts` left");
/// assert_eq!(error.code, "out_of_stock");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{code}`: {message}")]
#[non_exhaustive]
pub struct HandlerError {
    /// A code callers can act on.
    pub code: Cow<'static, str>,
    /// For people.
    pub message: String,
    /// Where it happened; `None` means where this value was made. It leaves this process only in
    /// development.
    pub stacktrace: Option<String>,
    details: Map<String, Value>,
    origin: Origin,
}

/// Where an error was made. Two errors that say the same are equal wherever they were made.
#[derive(Clone, Copy)]
struct Origin(&'static Location<'static>);

impl PartialEq for Origin {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Origin {}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl HandlerError {
    /// An error with a code of the function's own, or one of the protocol's catalogue.
    #[track_caller]
    pub fn new(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            stacktrace: None,
            details: Map::new(),
            origin: Origin(Location::caller()),
        }
    }

    /// Says more: a member of the error body beside code and message, which callers find in
    /// [`Error::Remote`].
    #[must_use]
    pub fn detail(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        let name = name.into();
        if !matches!(name.as_str(), "code" | "message" | "stacktrace") {
            self.details.insert(name, value.into());
        }
        self
    }

    /// Asks whoever delivers again to wait this long before.
    ///
    /// ```
    /// use iii_kit::HandlerError;
    /// use std::time::Duration;
    /// let closed = HandlerError::new("closed", "the bank opens at nine");
    /// let error = closed.retry_after(Duration::from_secs(60));
    /// ```
    #[must_use]
    pub fn retry_after(self, wait: Duration) -> Self {
        let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        self.detail(retry::AFTER_MS, wait_ms)
    }

    /// Says that running it again is of no use: a queue does not deliver the message again.
    #[must_use]
    pub fn not_retryable(self) -> Self {
        self.detail(retry::RETRYABLE, false)
    }

    /// Gives the message back: a queue delivers it again and does not count this attempt.
    #[must_use]
    pub fn released(self) -> Self {
        self.detail(retry::RELEASED, true)
    }

    /// The further members of the error body.
    pub(crate) fn details_payload(&self) -> Option<Payload> {
        let some = !self.details.is_empty();
        some.then(|| value_payload(&Value::Object(self.details.clone())))
    }

    /// What a developer is shown beside code and message.
    pub(crate) fn whereabouts(&self) -> String {
        let origin = || format!("at {}", self.origin.0);
        self.stacktrace.clone().unwrap_or_else(origin)
    }

    /// An error without a code of its own (`invocation_failed`).
    #[track_caller]
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new("invocation_failed", message)
    }
}

impl From<Error> for HandlerError {
    /// A failed call inside a handler keeps its code on the way up.
    #[track_caller]
    fn from(error: Error) -> Self {
        match error {
            Error::Remote {
                code,
                message,
                stacktrace,
                details,
            } => Self {
                stacktrace,
                details: details.as_ref().map(retry::members).unwrap_or_default(),
                ..Self::new(code, message)
            },
            other => Self::new(other.code().to_owned(), other.to_string()),
        }
    }
}

impl From<ChannelError> for HandlerError {
    fn from(error: ChannelError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl From<RegisterError> for HandlerError {
    #[track_caller]
    fn from(error: RegisterError) -> Self {
        Self::failed(error.to_string())
    }
}

impl From<serde_json::Error> for HandlerError {
    #[track_caller]
    fn from(error: serde_json::Error) -> Self {
        Self::new("serialization_error", error.to_string())
    }
}
