//! Error answers.

use super::ResponseBody;
use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use std::hash::{BuildHasher, RandomState};

/// Seconds after which a client that met a limit may try again.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("1");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// `{"error":{"code","message"}}` with a status.
pub(crate) fn error(status: StatusCode, code: &str, message: &str) -> Response<ResponseBody> {
    build(
        status,
        &format!("{{\"error\":{}}}", fields(code, message, None)),
    )
}

/// An error answer that a client may retry after a while.
pub(crate) fn unavailable(code: &str, message: &str) -> Response<ResponseBody> {
    let mut response = error(StatusCode::SERVICE_UNAVAILABLE, code, message);
    response
        .headers_mut()
        .insert(RETRY_AFTER, RETRY_AFTER_SECONDS);
    response
}

/// The path is served, but not with this method.
pub(crate) fn wrong_method(allow: &str) -> Response<ResponseBody> {
    let message = format!("this path serves {allow}");
    let mut response = error(
        StatusCode::METHOD_NOT_ALLOWED,
        "METHOD_NOT_ALLOWED",
        &message,
    );
    if let Ok(value) = HeaderValue::from_str(allow) {
        response.headers_mut().insert(ALLOW, value);
    }
    response
}

/// The trigger's condition answered `false`.
pub(crate) fn condition_not_met() -> Response<ResponseBody> {
    let fields = fields("CONDITION_NOT_MET", "Request condition not met", None);
    let body = format!("{{\"error\":{fields},\"skipped\":true}}");
    build(StatusCode::UNPROCESSABLE_ENTITY, &body)
}

/// What went wrong while a function was called. The id in the answer is also in the log.
pub(crate) fn failed_call(failure: &iii_kit::Error, function_id: &str) -> Response<ResponseBody> {
    let (code, message) = match failure {
        iii_kit::Error::Remote { code, message, .. } => (code.as_str(), message.clone()),
        other => (other.code(), other.to_string()),
    };
    failed(status_of(code), code, &message, function_id)
}

/// What a function did that cannot become an answer.
pub(crate) fn invalid_response(message: &str, function_id: &str) -> Response<ResponseBody> {
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    failed(status, "INVALID_RESPONSE", message, function_id)
}

/// An answer with an `error_id` that the log repeats.
pub(crate) fn failed(
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
    let fields = fields(code, message, Some(&error_id));
    let mut response = build(status, &format!("{{\"error\":{fields}}}"));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response
            .headers_mut()
            .insert(RETRY_AFTER, RETRY_AFTER_SECONDS);
    }
    response
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

fn build(status: StatusCode, body: &str) -> Response<ResponseBody> {
    let mut response = Response::new(ResponseBody::full(Bytes::copy_from_slice(body.as_bytes())));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

fn fields(code: &str, message: &str, error_id: Option<&str>) -> String {
    let mut fields = serde_json::Map::new();
    fields.insert("code".into(), code.into());
    fields.insert("message".into(), message.into());
    if let Some(id) = error_id {
        fields.insert("error_id".into(), id.into());
    }
    serde_json::Value::Object(fields).to_string()
}

/// Twelve hexadecimal digits that name one failure in the answer and in the log.
fn error_id() -> String {
    // A fresh hasher is keyed with random bits, which is all that is needed here.
    format!(
        "{:012x}",
        RandomState::new().hash_one(0_u8) & 0xffff_ffff_ffff
    )
}
