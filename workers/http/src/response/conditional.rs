//! Conditional requests (RFC 9110, section 13): who has the answer already is not sent it again.

use super::ResponseBody;
use http::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue,
    IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
};
use http::{Method, Response, StatusCode};
use std::hash::{DefaultHasher, Hasher};

/// Turns a 200 into a 304 where the client's copy is still good.
pub(crate) fn apply(method: &Method, request: &HeaderMap, response: &mut Response<ResponseBody>) {
    let is_read = *method == Method::GET || *method == Method::HEAD;
    let asks = request.contains_key(IF_NONE_MATCH) || request.contains_key(IF_MODIFIED_SINCE);
    if !asks || !is_read || response.status() != StatusCode::OK {
        return;
    }
    if !is_fresh(request, response.headers()) {
        return;
    }
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    // Dropping a streamed body tells its function to stop.
    *response.body_mut() = ResponseBody::Full(None);
    for name in [
        CONTENT_TYPE,
        CONTENT_LENGTH,
        CONTENT_ENCODING,
        CONTENT_RANGE,
    ] {
        response.headers_mut().remove(name);
    }
}

/// Adds a tag to a whole 200 that has none.
pub(crate) fn tag(response: &mut Response<ResponseBody>) {
    if response.status() != StatusCode::OK || response.headers().contains_key(ETAG) {
        return;
    }
    let ResponseBody::Full(body) = response.body() else {
        return;
    };
    let bytes = body.as_deref().unwrap_or_default();
    // The keys of this hasher never change, and a tag is no secret.
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    let tag = format!("W/\"{:x}-{:016x}\"", bytes.len(), hasher.finish());
    if let Ok(tag) = HeaderValue::try_from(tag) {
        response.headers_mut().insert(ETAG, tag);
    }
}

/// Whether a request's conditions say that the client's copy is the one described by `answer`.
fn is_fresh(request: &HeaderMap, answer: &HeaderMap) -> bool {
    if request.contains_key(IF_NONE_MATCH) {
        // Where there are tags, dates do not count.
        return answer.get(ETAG).is_some_and(|tag| matches(request, tag));
    }
    let date = |headers: &HeaderMap, name| {
        let text = headers.get(name)?.to_str().ok()?;
        httpdate::parse_http_date(text).ok()
    };
    match (
        date(request, IF_MODIFIED_SINCE),
        date(answer, LAST_MODIFIED),
    ) {
        (Some(since), Some(modified)) => modified <= since,
        _ => false,
    }
}

fn matches(request: &HeaderMap, tag: &HeaderValue) -> bool {
    let bare = |text: &str| text.trim().trim_start_matches("W/").to_owned();
    let Ok(tag) = tag.to_str().map(bare) else {
        return false;
    };
    let given = request.get_all(IF_NONE_MATCH).iter();
    given
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|one| one.trim() == "*" || bare(one) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    const THEN: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const LATER: &str = "Mon, 07 Nov 1994 08:49:37 GMT";

    fn status(method: &Method, asks: &[(&'static str, &str)], has: &[(&'static str, &str)]) -> u16 {
        let mut response = Response::new(ResponseBody::full(Bytes::from_static(b"body")));
        for (name, value) in has {
            response.headers_mut().insert(*name, value.parse().unwrap());
        }
        let mut request = HeaderMap::new();
        for (name, value) in asks {
            request.append(*name, value.parse().unwrap());
        }
        apply(method, &request, &mut response);
        let empty = matches!(response.body(), ResponseBody::Full(None));
        assert_eq!(empty, response.status() == StatusCode::NOT_MODIFIED);
        response.status().as_u16()
    }

    #[test]
    fn tags_and_dates_decide() {
        let get = |asks: &[_], has: &[_]| status(&Method::GET, asks, has);
        let tag = [("etag", "\"a\"")];
        assert_eq!(get(&[("if-none-match", "\"a\"")], &tag), 304);
        assert_eq!(get(&[("if-none-match", "\"x\", W/\"a\"")], &tag), 304);
        assert_eq!(get(&[("if-none-match", "*")], &tag), 304);
        assert_eq!(get(&[("if-none-match", "\"b\"")], &tag), 200);
        assert_eq!(get(&[("if-none-match", "\"a\"")], &[]), 200);
        assert_eq!(get(&[], &tag), 200);
        let dated = [("last-modified", THEN)];
        assert_eq!(get(&[("if-modified-since", THEN)], &dated), 304);
        assert_eq!(get(&[("if-modified-since", LATER)], &dated), 304);
        assert_eq!(
            get(&[("if-modified-since", THEN)], &[("last-modified", LATER)]),
            200
        );
        assert_eq!(get(&[("if-modified-since", "yesterday")], &dated), 200);
        let both = [("if-none-match", "\"b\""), ("if-modified-since", LATER)];
        assert_eq!(
            get(&both, &[("etag", "\"a\""), ("last-modified", THEN)]),
            200
        );
        assert_eq!(status(&Method::POST, &[("if-none-match", "*")], &tag), 200);
    }

    #[test]
    fn made_tags_follow_the_body() {
        let made = |body: &'static str| {
            let mut response =
                Response::new(ResponseBody::full(Bytes::from_static(body.as_bytes())));
            tag(&mut response);
            response.headers()[ETAG].to_str().unwrap().to_owned()
        };
        assert_eq!(made("one"), made("one"));
        assert_ne!(made("one"), made("two"));
        assert!(made("").starts_with("W/\"0-"));
    }
}
