//! The door for the fuzz target `http_request`.

use super::{Channels, Origin, Parts, Query, Scheme, check_json, payload, url_encoded};
use crate::gate::Extras;
use crate::router::{Binding, Lookup, Pattern, RouteMethod, Router};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use iii_kit::{ChannelDirection, ChannelRef, ChannelRefs, Payload};
use std::net::Ipv4Addr;

/// Builds the payload of a request made of `data`: a pattern, a request target, headers, each on a
/// line of its own, an empty line, and a body.
///
/// # Panics
/// The payload is not well-formed, or a pattern does not find its own route: both are faults.
pub fn fuzz_request(data: &[u8]) {
    let mut lines = data.split(|byte| *byte == b'\n');
    let text = |line: Option<&[u8]>| String::from_utf8_lossy(line.unwrap_or_default()).into_owned();
    let (pattern, target) = (text(lines.next()), text(lines.next()));
    let (Ok(pattern), Ok(target)) = (Pattern::parse(&pattern), target.parse::<Uri>()) else {
        return;
    };
    let headers = headers(lines.by_ref().take_while(|line| !line.is_empty()));
    let body = Bytes::from(lines.collect::<Vec<_>>().join(&b'\n'));
    let (Ok(body), Ok(query)) = (
        check_json(&body),
        Query::parse(target.query().unwrap_or_default()),
    ) else {
        return;
    };
    let routes = Router::default();
    let binding = Binding {
        trigger_id: "t".into(),
        function_id: "f".into(),
        namespace: "default".into(),
        target: (),
    };
    let registered = routes.register(RouteMethod::Get, pattern, binding);
    assert!(registered.is_ok(), "a valid pattern is refused");
    let Lookup::Found(found) = routes.find(None, target.path(), Some(RouteMethod::Get)) else {
        return;
    };
    let payload = payload(&Parts {
        pattern: &found.route.pattern,
        route_method: found.route.method,
        method: "GET",
        path: target.path(),
        query_text: target.query().unwrap_or_default(),
        query: &query,
        captures: &found.captures,
        headers: &headers,
        body: &body,
        channels: &Channels {
            request_body: channel(),
            response: channel(),
            files: Vec::new(),
        },
        origin: Origin {
            address: Ipv4Addr::LOCALHOST.into(),
            scheme: Scheme::Http,
        },
        request_id: headers.get("x-request-id"),
        form: url_encoded(&body).ok().as_ref(),
        extras: &Extras::default(),
    });
    let checked = Payload::parse(payload.into_bytes());
    assert!(checked.is_ok(), "{checked:?}");
}

fn headers<'a>(lines: impl Iterator<Item = &'a [u8]>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines.take(64) {
        let colon = line
            .iter()
            .position(|byte| *byte == b':')
            .unwrap_or(line.len());
        let (name, value) = line.split_at(colon);
        let value = HeaderValue::from_bytes(value.strip_prefix(b":").unwrap_or(value));
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), value) {
            headers.append(name, value);
        }
    }
    headers
}

fn channel() -> ChannelRefs {
    let end = |direction| ChannelRef {
        channel_id: "c".into(),
        access_key: "k".into(),
        direction,
    };
    ChannelRefs {
        writer: end(ChannelDirection::Write),
        reader: end(ChannelDirection::Read),
    }
}
