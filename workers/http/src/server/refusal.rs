//! Requests that no function gets to see.

use crate::request::{BodyError, MediaRange};
use crate::response::ResponseBody;
use crate::response::error::Style;
use crate::router::Allowed;
use http::header::{ACCEPT, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::{HeaderValue, Response, StatusCode};
use std::fmt;
use std::num::NonZeroU32;

/// Why a request was not handed to a function.
#[derive(thiserror::Error)]
pub(crate) enum Refusal {
    #[error("Not Found")]
    NotFound,
    #[error("this path serves {}", .0.header())]
    WrongMethod(Allowed),
    #[error("the engine is away")]
    EngineAway,
    #[error(transparent)]
    Body(#[from] BodyError),
    #[error("invalid JSON: {0}")]
    InvalidJson(String),
    #[error("invalid form: {0}")]
    InvalidForm(String),
    #[error("this route takes {accepts}")]
    Unsupported {
        /// The content types it takes, as in an `Accept` header.
        accepts: String,
    },
    #[error("too many query parameters")]
    TooManyParameters,
    #[error("`concurrency_request_limit` ({limit}) is reached")]
    TooManyCalls {
        /// The limit.
        limit: NonZeroU32,
    },
    #[error("this path is a WebSocket")]
    UpgradeRequired,
    #[error("pages of other origins may not open this WebSocket")]
    ForeignPage,
    #[error("this route is called too often at the same time")]
    RouteBusy,
    #[error("this route asks for what the server is not configured for")]
    Shut,
    #[error("no channel for the request: {0}")]
    Channel(iii_kit::Error),
    #[error("refused before its function")]
    Answered(Box<Response<ResponseBody>>),
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Box<Response<ResponseBody>>> for Refusal {
    fn from(answer: Box<Response<ResponseBody>>) -> Self {
        Self::Answered(answer)
    }
}

impl Refusal {
    pub(crate) fn unsupported(accepts: &[MediaRange]) -> Self {
        let accepts: Vec<String> = accepts.iter().map(ToString::to_string).collect();
        let accepts = accepts.join(", ");
        Self::Unsupported { accepts }
    }

    /// The answer that says so.
    pub(crate) fn into_response(self, style: Style) -> Response<ResponseBody> {
        if let Self::Answered(answer) = self {
            return *answer;
        }
        if let Self::WrongMethod(allowed) = self {
            return style.wrong_method(&allowed.header());
        }
        let message = self.to_string();
        let (status, code) = match &self {
            Self::EngineAway => return style.unavailable("connection_lost", &message),
            Self::TooManyCalls { .. } | Self::RouteBusy | Self::Body(BodyError::Overloaded) => {
                return style.unavailable("overloaded", &message);
            }
            Self::Shut => return style.unavailable("ROUTE_UNAVAILABLE", &message),
            Self::Channel(failure) => return style.unavailable(failure.code(), &message),
            Self::Answered(_) => (StatusCode::INTERNAL_SERVER_ERROR, "REFUSED"),
            Self::NotFound => (StatusCode::NOT_FOUND, "NOT_FOUND"),
            Self::WrongMethod(_) => (StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED"),
            Self::Body(BodyError::TooLarge { .. }) => {
                (StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE")
            }
            Self::Body(BodyError::Broken(_)) => (StatusCode::BAD_REQUEST, "INVALID_BODY"),
            Self::Body(BodyError::Slow) => (StatusCode::REQUEST_TIMEOUT, "REQUEST_TIMEOUT"),
            Self::UpgradeRequired => (StatusCode::UPGRADE_REQUIRED, "UPGRADE_REQUIRED"),
            Self::ForeignPage => (StatusCode::FORBIDDEN, "FORBIDDEN"),
            Self::InvalidForm(_) => (StatusCode::BAD_REQUEST, "INVALID_FORM"),
            Self::Unsupported { .. } => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE")
            }
            Self::InvalidJson(_) => (StatusCode::BAD_REQUEST, "INVALID_JSON"),
            Self::TooManyParameters => (StatusCode::BAD_REQUEST, "TOO_MANY_PARAMETERS"),
        };
        let mut response = style.error(status, code, &message);
        if matches!(self, Self::UpgradeRequired) {
            let headers = response.headers_mut();
            headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
            headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        }
        if let Self::Unsupported { accepts } = &self
            && let Ok(value) = HeaderValue::from_str(accepts)
        {
            response.headers_mut().insert(ACCEPT, value);
        }
        response
    }
}
