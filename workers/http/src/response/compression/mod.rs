//! Compressed answers.

mod encoder;
mod negotiate;
mod stream;

use super::ResponseBody;
use crate::config;
use encoder::Encoder;
use http::header::{
    ACCEPT_ENCODING, ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, VARY,
};
use http::{Method, Response, StatusCode};
use negotiate::Coding;

/// Whole bodies up to this size are compressed at once; larger ones step by step, so that one
/// answer does not hold up its thread.
const STEP_BYTES: usize = 64 << 10;

/// Compresses an answer if the client can read that and it is worth it.
pub(crate) fn apply(
    settings: &config::Compression,
    method: &Method,
    request: &HeaderMap,
    response: &mut Response<ResponseBody>,
) {
    let wanted = request.get(ACCEPT_ENCODING);
    if !settings.enabled || !is_worth_it(settings, response) {
        return;
    }
    // The answer depends on that header also where this client gets it plain.
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_static("accept-encoding"));
    let Some(coding) = wanted.and_then(negotiate::choose) else {
        return;
    };
    if *method == Method::HEAD {
        return;
    }
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding.as_str()));
    headers.remove(CONTENT_LENGTH);
    headers.remove(ACCEPT_RANGES);
    weaken_tag(headers);
    let body = std::mem::replace(response.body_mut(), ResponseBody::Full(None));
    *response.body_mut() = compressed(body, coding);
}

fn compressed(body: ResponseBody, coding: Coding) -> ResponseBody {
    match body {
        ResponseBody::Full(bytes) => {
            let bytes = bytes.unwrap_or_default();
            if bytes.len() <= STEP_BYTES {
                ResponseBody::full(Encoder::new(coding).whole(&bytes))
            } else {
                ResponseBody::Streamed(stream::stepwise(bytes, Encoder::new(coding), STEP_BYTES))
            }
        }
        ResponseBody::Streamed(chunks) => {
            ResponseBody::Streamed(stream::flushing(chunks, Encoder::new(coding)))
        }
        watched @ ResponseBody::Watched(_) => watched,
    }
}

fn is_worth_it(settings: &config::Compression, response: &Response<ResponseBody>) -> bool {
    let headers = response.headers();
    let partial = [StatusCode::PARTIAL_CONTENT, StatusCode::NOT_MODIFIED];
    if partial.contains(&response.status())
        || headers.contains_key(CONTENT_ENCODING)
        || headers.contains_key(CONTENT_RANGE)
    {
        return false;
    }
    let large = match response.body() {
        ResponseBody::Full(body) => {
            body.as_ref().map_or(0, bytes::Bytes::len) >= settings.bytes_min
        }
        ResponseBody::Streamed(_) => headers
            .get(CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse::<usize>().ok())
            .is_none_or(|length| length >= settings.bytes_min),
        ResponseBody::Watched(_) => false,
    };
    let says = |name, word: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.is_some_and(|value| value.to_ascii_lowercase().contains(word))
    };
    large && is_compressible(headers) && !says(CACHE_CONTROL, "no-transform")
}

/// Text gets smaller; pictures, films and archives are compressed already.
fn is_compressible(headers: &HeaderMap) -> bool {
    let value = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = value
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    let (kind, subtype) = essence.split_once('/').unwrap_or_default();
    match kind {
        "text" => true,
        "application" => {
            let words = [
                "json",
                "javascript",
                "xml",
                "wasm",
                "yaml",
                "x-ndjson",
                "graphql",
                "sql",
            ];
            words.contains(&subtype) || subtype.ends_with("+json") || subtype.ends_with("+xml")
        }
        "image" => matches!(subtype, "svg+xml" | "bmp" | "x-icon"),
        "font" => matches!(subtype, "ttf" | "otf"),
        _ => false,
    }
}

/// A tag for exactly these bytes does not fit the compressed ones.
fn weaken_tag(headers: &mut HeaderMap) {
    let Some(tag) = headers.get(ETAG) else { return };
    if tag.as_bytes().starts_with(b"W/") {
        return;
    }
    let weak = [b"W/", tag.as_bytes()].concat();
    if let Ok(weak) = HeaderValue::from_bytes(&weak) {
        headers.insert(ETAG, weak);
    }
}

#[cfg(test)]
mod tests;
