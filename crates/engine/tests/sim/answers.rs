//! The little JSON of the simulation: payloads carry a number that tells them apart.

use bytes::Bytes;
use iii_protocol::{ErrorBody, Payload};
use serde_json::{Value, json};

/// A payload of any JSON value.
pub(crate) fn payload(value: &Value) -> Payload {
    Payload::from_trusted(Bytes::from(value.to_string()))
}

/// The payload of a call.
pub(crate) fn question(nonce: u64) -> Payload {
    Payload::from_trusted(Bytes::from(format!(r#"{{"n":{nonce}}}"#)))
}

/// The result of a call: it says which call it belongs to.
pub(crate) fn answer(nonce: u64) -> Payload {
    Payload::from_trusted(Bytes::from(format!(r#"{{"answer":{nonce}}}"#)))
}

/// What somebody answers to a call that is not theirs.
pub(crate) fn forgery() -> Payload {
    payload(&json!({ "forged": true }))
}

/// An error body.
pub(crate) fn error(code: &str, message: &str) -> Payload {
    let body = ErrorBody {
        code: code.into(),
        message: message.into(),
        stacktrace: None,
        details: None,
    };
    body.to_payload()
}

/// The number in a payload, also inside of what actions and URLs wrap around it.
pub(crate) fn nonce(payload: &Payload) -> Option<u64> {
    let value: Value = serde_json::from_slice(payload.as_bytes()).ok()?;
    let mut inner = &value;
    while let Some(data) = inner.get("data") {
        inner = data;
    }
    inner.get("n")?.as_u64()
}

/// The number in a result.
pub(crate) fn answered(payload: &Payload) -> Option<u64> {
    let value: Value = serde_json::from_slice(payload.as_bytes()).ok()?;
    value.get("answer")?.as_u64()
}

/// A text field of an object.
pub(crate) fn field(payload: &Payload, name: &str) -> Option<String> {
    let value: Value = serde_json::from_slice(payload.as_bytes()).ok()?;
    Some(value.get(name)?.as_str()?.to_owned())
}
