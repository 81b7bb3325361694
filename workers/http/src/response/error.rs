//! Error answers.

use super::ResponseBody;
use crate::config::ErrorFormat;
use crate::validate::Violation;
use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};
use std::hash::{BuildHasher, RandomState};

/// Seconds after which a client that met a limit may try again.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("1");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const PROBLEM: HeaderValue = HeaderValue::from_static("application/problem+json");

/// How error answers look, and how much they say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    pub(crate) format: ErrorFormat,
    /// Whether what functions and the engine say about a failure goes to clients.
    pub(crate) expose: bool,
}

/// What went wrong, for clients.
struct Fault<'a> {
    status: StatusCode,
    code: &'a str,
    message: &'a str,
    error_id: Option<&'a str>,
    skipped: bool,
    violations: &'a [Violation],
}

impl Style {
    /// An error answer.
    pub(crate) fn error(
        self,
        status: StatusCode,
        code: &str,
        message: &str,
    ) -> Response<ResponseBody> {
        self.build(&Fault {
            status,
            code,
            message,
            error_id: None,
            skipped: false,
            violations: &[],
        })
    }

    /// An error answer that a client may retry after a while.
    pub(crate) fn unavailable(self, code: &str, message: &str) -> Response<ResponseBody> {
        self.error(StatusCode::SERVICE_UNAVAILABLE, code, message)
    }

    /// The path is served, but not with this method.
    pub(crate) fn wrong_method(self, allow: &str) -> Response<ResponseBody> {
        let message = format!("this path serves {allow}");
        let status = StatusCode::METHOD_NOT_ALLOWED;
        let mut response = self.error(status, "METHOD_NOT_ALLOWED", &message);
        if let Ok(value) = HeaderValue::from_str(allow) {
            response.headers_mut().insert(ALLOW, value);
        }
        response
    }

    /// The request does not fit the schema of its function.
    pub(crate) fn violations(self, violations: &[Violation]) -> Response<ResponseBody> {
        self.build(&Fault {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            code: "VALIDATION_FAILED",
            message: "the request does not fit the schema of this route",
            error_id: None,
            skipped: false,
            violations,
        })
    }

    /// The trigger's condition answered `false`.
    pub(crate) fn condition_not_met(self) -> Response<ResponseBody> {
        self.build(&Fault {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            code: "CONDITION_NOT_MET",
            message: "Request condition not met",
            error_id: None,
            skipped: true,
            violations: &[],
        })
    }

    /// What went wrong while a function was called. The id in the answer is also in the log.
    pub(crate) fn failed_call(
        self,
        failure: &iii_kit::Error,
        function_id: &str,
    ) -> Response<ResponseBody> {
        let (code, message) = match failure {
            iii_kit::Error::Remote { code, message, .. } => (code.as_str(), message.clone()),
            other => (other.code(), other.to_string()),
        };
        self.failed(status_of(code), code, &message, function_id)
    }

    /// What a function did that cannot become an answer.
    pub(crate) fn invalid_response(
        self,
        message: &str,
        function_id: &str,
    ) -> Response<ResponseBody> {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        self.failed(status, "INVALID_RESPONSE", message, function_id)
    }

    /// An answer with an `error_id` that the log repeats. The log has the message in any case.
    pub(crate) fn failed(
        self,
        status: StatusCode,
        code: &str,
        message: &str,
        function_id: &str,
    ) -> Response<ResponseBody> {
        let error_id = error_id();
        tracing::warn!(
            error_id,
            code,
            message,
            function_id,
            status = status.as_u16(),
            "http.call_failed"
        );
        self.build(&Fault {
            status,
            code,
            message: if self.expose { message } else { hidden(status) },
            error_id: Some(&error_id),
            skipped: false,
            violations: &[],
        })
    }

    fn build(self, fault: &Fault<'_>) -> Response<ResponseBody> {
        let (body, kind) = match self.format {
            ErrorFormat::Published => (fault.published(), JSON),
            ErrorFormat::Problem => (fault.problem(), PROBLEM),
        };
        let mut response = Response::new(ResponseBody::full(Bytes::from(body.to_string())));
        *response.status_mut() = fault.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, kind);
        if fault.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        response
    }
}

impl Fault<'_> {
    fn published(&self) -> Value {
        let mut body = json!({ "error": { "code": self.code, "message": self.message } });
        if let Some(id) = self.error_id {
            body["error"]["error_id"] = id.into();
        }
        if !self.violations.is_empty() {
            body["error"]["errors"] = json!(self.violations);
        }
        if self.skipped {
            body["skipped"] = true.into();
        }
        body
    }

    /// RFC 9457.
    fn problem(&self) -> Value {
        let title = self.status.canonical_reason().unwrap_or("Error");
        let mut body = json!({
            "type": "about:blank", "title": title, "status": self.status.as_u16(),
            "detail": self.message, "code": self.code,
        });
        if let Some(id) = self.error_id {
            body["error_id"] = id.into();
        }
        if !self.violations.is_empty() {
            body["errors"] = json!(self.violations);
        }
        body
    }
}

/// What a client is told instead of a function's own words.
fn hidden(status: StatusCode) -> &'static str {
    match status {
        StatusCode::SERVICE_UNAVAILABLE => "the service is not available",
        StatusCode::GATEWAY_TIMEOUT => "the service did not answer in time",
        StatusCode::BAD_GATEWAY => "the service went away",
        _ => "the service failed",
    }
}

/// The status for an error code: what a client can act on is told apart, everything else is the
/// function's failure.
fn status_of(code: &str) -> StatusCode {
    match code {
        "function_not_found"
        | "function_not_invokable"
        | "overloaded"
        | "connection_lost"
        | "shutting_down" => StatusCode::SERVICE_UNAVAILABLE,
        "TIMEOUT" => StatusCode::GATEWAY_TIMEOUT,
        "invocation_stopped" | "cancelled" => StatusCode::BAD_GATEWAY,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Twelve hexadecimal digits that name one failure in the answer and in the log.
fn error_id() -> String {
    // A fresh hasher is keyed with random bits, which is all that is needed here.
    format!(
        "{:012x}",
        RandomState::new().hash_one(0_u8) & 0xffff_ffff_ffff
    )
}
