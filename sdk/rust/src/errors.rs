//! What can go wrong, one enum per operation.

use crate::ChannelError;
use std::borrow::Cow;
use std::fmt;
use std::panic::Location;
use std::time::Duration;

/// Why a call did not give a result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The engine or the function answered with an error.
    #[error("`{code}`: {message}")]
    Remote {
        /// A code of the protocol's catalogue, or the function's own.
        code: String,
        /// For people.
        message: String,
        /// Where it happened, in the language of the function.
        stacktrace: Option<String>,
    },
    /// The call did not end in time.
    #[error("`{function_id}` did not answer within {} ms", .timeout.as_millis())]
    Timeout {
        /// The function that was called.
        function_id: String,
        /// How long was waited.
        timeout: Duration,
    },
    /// The connection broke after the call was sent; it may or may not have run.
    #[error("the connection to the engine broke after the call was sent")]
    ConnectionLost,
    /// The caller cancelled the call.
    #[error("the call was cancelled")]
    Cancelled,
    /// A limit of this client is reached.
    #[error("the client limit `{limit}` is reached")]
    Overloaded {
        /// The limit's name in [`crate::Limits`].
        limit: &'static str,
    },
    /// The message would be larger than the engine accepts.
    #[error("the payload has {size} bytes, the limit is {limit}")]
    PayloadTooLarge {
        /// Bytes of the payload.
        size: usize,
        /// `message_bytes_max`.
        limit: usize,
    },
    /// A value has no JSON form.
    #[error("cannot write the value as JSON: {0}")]
    Serialization(String),
    /// JSON text does not fit the expected type.
    #[error("the JSON does not fit the expected type: {0}")]
    Deserialization(String),
    /// The engine refused this worker for good.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The client was shut down.
    #[error("the client is shut down")]
    ShutDown,
}

impl Error {
    /// The code of the protocol's catalogue, or the function's own.
    ///
    /// ```
    /// assert_eq!(iii_kit::Error::ConnectionLost.code(), "connection_lost");
    /// ```
    pub fn code(&self) -> &str {
        match self {
            Self::Remote { code, .. } => code,
            Self::Timeout { .. } => "TIMEOUT",
            Self::ConnectionLost => "connection_lost",
            Self::Cancelled => "cancelled",
            Self::Overloaded { .. } => "overloaded",
            Self::PayloadTooLarge { .. } => "payload_too_large",
            Self::Serialization(_) => "serialization_error",
            Self::Deserialization(_) => "deserialization_error",
            Self::Rejected(rejection) => &rejection.code,
            Self::ShutDown => "shutting_down",
        }
    }

    /// Whether the same call may succeed later. That it is safe to run the function twice is for
    /// the caller to know.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self.code(),
            "TIMEOUT"
                | "connection_lost"
                | "overloaded"
                | "invocation_stopped"
                | "enqueue_error"
                | "channel_aborted"
                | "VERSION_MISMATCH"
                | "shutting_down"
        )
    }
}

/// The engine refused this worker; trying again unchanged is pointless.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the engine refused the worker: `{code}`: {message}")]
#[non_exhaustive]
pub struct Rejection {
    /// A code of the protocol's catalogue.
    pub code: String,
    /// For people: what happened and what to do.
    pub message: String,
}

/// Why a function, trigger or trigger type is not registered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// The id is empty or not usable.
    #[error("`{id}` is not a usable id: {reason}")]
    BadId {
        /// The id.
        id: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// This client has registered the id already.
    #[error("`{id}` is already registered by this worker")]
    Duplicate {
        /// The id.
        id: String,
    },
    /// The engine or the provider of the trigger type refused it.
    #[error("`{id}` was refused with `{code}`: {message}")]
    Refused {
        /// The id.
        id: String,
        /// A code of the protocol's catalogue, or the provider's own.
        code: String,
        /// For people.
        message: String,
    },
    /// The engine did not acknowledge the registration in time.
    #[error("the engine did not acknowledge `{id}` within {} ms", .waited.as_millis())]
    Timeout {
        /// The id.
        id: String,
        /// How long was waited.
        waited: Duration,
    },
    /// A limit of this client is reached.
    #[error("the client limit `{limit}` is reached")]
    Overloaded {
        /// The limit's name in [`crate::Limits`].
        limit: &'static str,
    },
    /// A configuration or a schema has no JSON form.
    #[error("cannot write the registration as JSON: {0}")]
    Serialization(String),
    /// The engine refused this worker for good.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The client was shut down.
    #[error("the client is shut down")]
    ShutDown,
}

impl RegisterError {
    /// The code of the protocol's catalogue, or the provider's own.
    ///
    /// ```
    /// let twice = iii_kit::RegisterError::Duplicate { id: "orders::place".into() };
    /// assert_eq!(twice.code(), "INVALID_ARGUMENTS");
    /// ```
    pub fn code(&self) -> &str {
        match self {
            Self::BadId { .. } | Self::Duplicate { .. } => "INVALID_ARGUMENTS",
            Self::Refused { code, .. } => code,
            Self::Timeout { .. } => "TIMEOUT",
            Self::Overloaded { .. } => "overloaded",
            Self::Serialization(_) => "serialization_error",
            Self::Rejected(rejection) => &rejection.code,
            Self::ShutDown => "shutting_down",
        }
    }
}

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
            origin: Origin(Location::caller()),
        }
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
            } => Self {
                stacktrace,
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
