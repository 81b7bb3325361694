//! What HTTP/2 writes in other places than HTTP/1.1, so that functions need not care.

use http::header::{COOKIE, HOST, HeaderMap, HeaderValue};
use http::{Request, Uri};

/// Moves the authority to `host`, and joins cookies, which HTTP/2 clients may cut apart (RFC 9113,
/// section 8.2.3), to one header.
pub(crate) fn unify<B>(request: &mut Request<B>) {
    let authority = request.uri().authority();
    let host = authority.and_then(|authority| HeaderValue::from_str(authority.as_str()).ok());
    if let Some(host) = host {
        request.headers_mut().insert(HOST, host);
    }
    let cookies = request.headers().get_all(COOKIE);
    if cookies.iter().nth(1).is_none() {
        return;
    }
    let crumbs: Vec<&[u8]> = cookies.iter().map(HeaderValue::as_bytes).collect();
    if let Ok(whole) = HeaderValue::from_bytes(&crumbs.join(b"; ".as_slice())) {
        request.headers_mut().insert(COOKIE, whole);
    }
}

/// The host that a request names, with its port if that is written. The target comes before the
/// header (RFC 9112, section 3.2.2).
pub(crate) fn host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    let authority = uri.authority().map(http::uri::Authority::as_str);
    // A name and password have no business here, but may be written.
    let bare = authority.map(|text| text.rsplit_once('@').map_or(text, |(_, host)| host));
    bare.or_else(|| headers.get(HOST)?.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_cookies_are_where_functions_look() {
        let mut request = Request::get("http://a.example:1/x")
            .header(COOKIE, "a=1")
            .header(COOKIE, "b=2")
            .body(())
            .unwrap();
        unify(&mut request);
        assert_eq!(request.headers()[HOST], "a.example:1");
        let cookies: Vec<_> = request.headers().get_all(COOKIE).iter().collect();
        assert_eq!(cookies, ["a=1; b=2"]);
    }

    #[test]
    fn the_target_comes_before_the_header() {
        let mut headers = HeaderMap::new();
        assert_eq!(host(&"/x".parse().unwrap(), &headers), None);
        headers.insert(HOST, HeaderValue::from_static("b.example"));
        assert_eq!(host(&"/x".parse().unwrap(), &headers), Some("b.example"));
        let target = "http://me@a.example/x".parse().unwrap();
        assert_eq!(host(&target, &headers), Some("a.example"));
    }
}
