//! Requests that no function gets to see.

use crate::request::BodyError;
use crate::response::{ResponseBody, error};
use crate::router::Allowed;
use http::{Response, StatusCode};
use std::num::NonZeroU32;

/// Why a request was not handed to a function.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("Not Found")]
    NotFound,
    #[error("this path serves {}", .0.header())]
    WrongMethod(Allowed),
    #[error("the engine is away")]
    EngineAway,
    #[error(transparent)]
    Body(#[from] BodyError),
    #[error("the body did not arrive in time")]
    SlowBody,
    #[error("invalid JSON: {0}")]
    InvalidJson(String),
    #[error("too many query parameters")]
    TooManyParameters,
    #[error("`concurrency_request_limit` ({limit}) is reached")]
    TooManyCalls {
        /// The limit.
        limit: NonZeroU32,
    },
    #[error("no channel for the request: {0}")]
    Channel(iii_kit::Error),
}

impl Refusal {
    /// The answer that says so.
    pub(crate) fn into_response(self) -> Response<ResponseBody> {
        if let Self::WrongMethod(allowed) = self {
            return error::wrong_method(&allowed.header());
        }
        let message = self.to_string();
        let (status, code) = match &self {
            Self::EngineAway => return error::unavailable("connection_lost", &message),
            Self::TooManyCalls { .. } | Self::Body(BodyError::Overloaded) => {
                return error::unavailable("overloaded", &message);
            }
            Self::Channel(failure) => return error::unavailable(failure.code(), &message),
            Self::NotFound => (StatusCode::NOT_FOUND, "NOT_FOUND"),
            Self::WrongMethod(_) => (StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED"),
            Self::Body(BodyError::TooLarge { .. }) => {
                (StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE")
            }
            Self::Body(BodyError::Broken(_)) => (StatusCode::BAD_REQUEST, "INVALID_BODY"),
            Self::SlowBody => (StatusCode::REQUEST_TIMEOUT, "REQUEST_TIMEOUT"),
            Self::InvalidJson(_) => (StatusCode::BAD_REQUEST, "INVALID_JSON"),
            Self::TooManyParameters => (StatusCode::BAD_REQUEST, "TOO_MANY_PARAMETERS"),
        };
        error::error(status, code, &message)
    }
}
