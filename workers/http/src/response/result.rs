//! From a function's result to an HTTP response.

use super::{ResponseBody, headers};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Response, StatusCode};
use iii_kit::Payload;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::borrow::Cow;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The published shape of a response. A result that has none of these fields is no response but a
/// value, and is answered as such.
#[derive(Deserialize)]
struct Shape<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    status_code: Option<&'a RawValue>,
    /// What the published Python helper's response model is written as.
    #[serde(borrow, default, rename = "statusCode", deserialize_with = "present")]
    status_code_alias: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    headers: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    body: Option<&'a RawValue>,
}

/// Tells an explicit null from an absent field.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// Turns a function's result into a response; bodies are cut out of it, not copied.
///
/// # Errors
/// Why the result is no valid response, for people.
pub(crate) fn from_result(result: &Payload) -> Result<Response<ResponseBody>, String> {
    let bytes = result.bytes();
    match shape(bytes) {
        Some(shape) => from_shape(bytes, &shape),
        None => Ok(with_body(StatusCode::OK, HeaderMap::new(), bytes.clone())),
    }
}

fn shape(bytes: &Bytes) -> Option<Shape<'_>> {
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return None;
    }
    let shape: Shape<'_> = serde_json::from_slice(bytes).ok()?;
    let any = shape
        .status_code
        .or(shape.status_code_alias)
        .or(shape.headers)
        .or(shape.body);
    any.is_some().then_some(shape)
}

fn from_shape(bytes: &Bytes, shape: &Shape<'_>) -> Result<Response<ResponseBody>, String> {
    let status = match shape.status_code.or(shape.status_code_alias) {
        Some(code) if code.get() != "null" => status(code.get())?,
        _ => StatusCode::OK,
    };
    let mut map = HeaderMap::new();
    if let Some(given) = shape.headers {
        headers::read(given.get(), &mut map)?;
    }
    let body = match shape.body {
        Some(body) if map.contains_key(CONTENT_TYPE) => typed_body(bytes, body.get()),
        Some(body) => bytes.slice_ref(body.get().as_bytes()),
        None if map.contains_key(CONTENT_TYPE) => Bytes::new(),
        None => Bytes::from_static(b"{}"),
    };
    Ok(with_body(status, map, body))
}

/// The body when the function named a content type: text is sent raw, null is empty, everything
/// else is JSON text.
fn typed_body(bytes: &Bytes, json: &str) -> Bytes {
    #[derive(Deserialize)]
    struct Chars<'a>(#[serde(borrow)] Cow<'a, str>);

    match (
        json.as_bytes().first(),
        serde_json::from_str::<Chars<'_>>(json),
    ) {
        (Some(b'n'), _) => Bytes::new(),
        (_, Ok(Chars(Cow::Borrowed(text)))) => bytes.slice_ref(text.as_bytes()),
        (_, Ok(Chars(Cow::Owned(text)))) => Bytes::from(text),
        _ => bytes.slice_ref(json.as_bytes()),
    }
}

/// Reads a status code from JSON text.
///
/// # Errors
/// It is no final status of HTTP.
pub(crate) fn status(json: &str) -> Result<StatusCode, String> {
    let code = serde_json::from_str::<u16>(json).ok();
    code.filter(|code| (200..=599).contains(code))
        .and_then(|code| StatusCode::from_u16(code).ok())
        .ok_or_else(|| {
            let shown: String = json.chars().take(40).collect();
            format!("`status_code` is {shown}, not an integer from 200 to 599")
        })
}

/// A response with a whole body. Without a content type it is JSON. Statuses that allow no body get
/// none.
pub(crate) fn with_body(
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
) -> Response<ResponseBody> {
    let bodiless = status == StatusCode::NO_CONTENT || status == StatusCode::NOT_MODIFIED;
    let mut response = Response::new(ResponseBody::full(if bodiless {
        Bytes::new()
    } else {
        body
    }));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    if !bodiless {
        response.headers_mut().entry(CONTENT_TYPE).or_insert(JSON);
    }
    response
}

/// The answer when a function returned nothing: 204.
pub(crate) fn nothing() -> Response<ResponseBody> {
    with_body(StatusCode::NO_CONTENT, HeaderMap::new(), Bytes::new())
}
