//! What can go wrong, one enum per operation.

mod handler;
mod retry;

use iii_protocol::Payload;
use std::time::Duration;

pub use handler::HandlerError;
pub use retry::RetryAdvice;

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
        /// What else the error says, as an object: see [`Error::retry_advice`].
        details: Option<Payload>,
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

    /// What the function says about trying again.
    ///
    /// ```
    /// use iii_kit::{Error, Payload};
    /// use std::time::Duration;
    /// let error = Error::Remote {
    ///     code: "busy".into(),
    ///     message: "the bank is closed".into(),
    ///     stacktrace: None,
    ///     details: Some(Payload::from_trusted(r#"{"retry_after_ms":1500}"#.into())),
    /// };
    /// assert_eq!(error.retry_advice().after, Some(Duration::from_millis(1500)));
    /// ```
    pub fn retry_advice(&self) -> RetryAdvice {
        match self {
            Self::Remote {
                details: Some(details),
                ..
            } => RetryAdvice::read(details),
            _ => RetryAdvice::default(),
        }
    }

    /// Whether the same call may succeed later; the function's own word counts more than the code.
    /// That it is safe to run the function twice is for the caller to know.
    pub fn is_retryable(&self) -> bool {
        if let Some(told) = self.retry_advice().retryable {
            return told;
        }
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
