//! Request headers as functions see them.

use http::HeaderValue;
use http::header::{COOKIE, HeaderMap, HeaderName};
use std::borrow::Cow;

/// A header value as text. Bytes that are no UTF-8 are read as Latin-1, so that nothing is lost.
pub(crate) fn text(value: &HeaderValue) -> Cow<'_, str> {
    match std::str::from_utf8(value.as_bytes()) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(
            value
                .as_bytes()
                .iter()
                .map(|byte| char::from(*byte))
                .collect(),
        ),
    }
}

/// The one value that stands for a header: the last, as published, but cookies are joined as
/// RFC 9113 says, because clients may split them.
pub(crate) fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Cow<'a, str> {
    let mut values = headers.get_all(name).iter();
    let Some(last) = values.next_back() else {
        return Cow::Borrowed("");
    };
    if name != COOKIE || values.next().is_none() {
        return text(last);
    }
    let all: Vec<_> = headers.get_all(name).iter().map(text).collect();
    Cow::Owned(all.join("; "))
}

/// Whether a body of this content type is read as JSON.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(http::header::CONTENT_TYPE) else {
        return false;
    };
    let text = value.to_str().unwrap_or_default();
    let essence = text.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return true;
    }
    let lower = text.to_ascii_lowercase();
    let structured = lower
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .ends_with("+json");
    lower.contains("application/json") || structured
}
