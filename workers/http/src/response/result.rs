//! From a function's result to an HTTP response.

use super::{ResponseBody, cookies, headers};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Response, StatusCode};
use iii_kit::Payload;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::borrow::Cow;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");

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
    /// `base64` for bytes that are no text; absent for everything else.
    #[serde(borrow, default)]
    body_encoding: Option<&'a RawValue>,
    /// Cookies to set, beside those in `headers`.
    #[serde(borrow, default)]
    cookies: Option<&'a RawValue>,
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
    if let Some(given) = shape.cookies {
        cookies::read(given.get(), &mut map)?;
    }
    if let Some(encoding) = shape.body_encoding
        && encoding.get() != "null"
    {
        let body = decoded(encoding.get(), shape.body.map_or("null", RawValue::get))?;
        map.entry(CONTENT_TYPE).or_insert(BYTES);
        return Ok(with_body(status, map, body));
    }
    if shape.body.is_none() && status.is_redirection() {
        let mut response = Response::new(ResponseBody::full(Bytes::new()));
        *response.status_mut() = status;
        *response.headers_mut() = map;
        return Ok(response);
    }
    let body = match shape.body {
        Some(body) if map.contains_key(CONTENT_TYPE) => typed_body(bytes, body.get()),
        Some(body) => bytes.slice_ref(body.get().as_bytes()),
        None if map.contains_key(CONTENT_TYPE) => Bytes::new(),
        None => Bytes::from_static(b"{}"),
    };
    Ok(with_body(status, map, body))
}

/// The bytes that a body stands for.
fn decoded(encoding: &str, json: &str) -> Result<Bytes, String> {
    if encoding != "\"base64\"" {
        return Err(format!("`body_encoding` is {encoding}, not \"base64\""));
    }
    let text: Option<Cow<'_, str>> = serde_json::from_str(json)
        .map_err(|_| "`body` is no text, but `body_encoding` is base64".to_owned())?;
    let bytes = BASE64.decode(text.unwrap_or_default().as_bytes());
    let bytes = bytes.map_err(|error| format!("`body` is no base64: {error}"))?;
    Ok(Bytes::from(bytes))
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
