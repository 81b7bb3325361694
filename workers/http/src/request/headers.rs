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
