//! From an HTTP request to a WebSocket (RFC 6455, section 4).

use crate::response::ResponseBody;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use http::header::{
    CONNECTION, HOST, HeaderMap, HeaderValue, ORIGIN, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{Response, StatusCode};
use sha1::{Digest, Sha1};

/// What the standard mixes into every key.
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The answer that begins a WebSocket; `None` when the request does not ask for one properly.
pub(crate) fn accept(request: &HeaderMap) -> Option<Response<ResponseBody>> {
    let key = request.get(SEC_WEBSOCKET_KEY)?;
    let is_key = BASE64
        .decode(key.as_bytes())
        .is_ok_and(|key| key.len() == 16);
    let proper = is_key
        && lists(request, CONNECTION.as_str(), "upgrade")
        && lists(request, UPGRADE.as_str(), "websocket")
        && request
            .get(SEC_WEBSOCKET_VERSION)
            .is_some_and(|version| version == "13");
    if !proper {
        return None;
    }
    let hash = Sha1::new()
        .chain_update(key.as_bytes())
        .chain_update(GUID)
        .finalize();
    let mut response = Response::new(ResponseBody::Full(None));
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(
        SEC_WEBSOCKET_ACCEPT,
        HeaderValue::try_from(BASE64.encode(hash)).ok()?,
    );
    Some(response)
}

/// Whether a request comes from a page of this very host, or from no page at all. Browsers let any
/// page open a WebSocket anywhere, cookies included, and leave it to the server to look.
pub(crate) fn is_own_page(request: &HeaderMap) -> bool {
    let Some(origin) = request.get(ORIGIN) else {
        return true;
    };
    let host = request.get(HOST).and_then(|host| host.to_str().ok());
    let origin = origin
        .to_str()
        .ok()
        .and_then(|origin| origin.split_once("://"));
    match (origin, host) {
        (Some((_, page)), Some(host)) => page.eq_ignore_ascii_case(host),
        _ => false,
    }
}

/// Whether a list header has this word.
fn lists(request: &HeaderMap, name: &str, word: &str) -> bool {
    let values = request.get_all(name).iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|one| one.trim().eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROPER: [(&str, &str); 4] = [
        ("connection", "keep-alive, Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];

    fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
        let fields = fields.iter();
        fields
            .map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap()))
            .collect()
    }

    #[test]
    fn the_key_of_the_standard_is_answered() {
        let answer = accept(&headers(&PROPER)).unwrap();
        let proof = &answer.headers()[SEC_WEBSOCKET_ACCEPT];
        assert_eq!(proof, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        for left_out in 0..PROPER.len() {
            let mut fields = PROPER.to_vec();
            fields.remove(left_out);
            assert!(accept(&headers(&fields)).is_none(), "{fields:?}");
        }
    }

    #[test]
    fn pages_of_other_hosts_are_told_apart() {
        let own = |origin, host| is_own_page(&headers(&[("origin", origin), ("host", host)]));
        assert!(own("http://a.example:3111", "A.example:3111"));
        assert!(!own("http://evil.example", "a.example"));
        assert!(!own("http://a.example:1", "a.example"));
        assert!(!own("null", "a.example"));
        assert!(is_own_page(&headers(&[("host", "a.example")])));
    }
}
