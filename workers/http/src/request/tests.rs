//! The payload, byte for byte where it matters.

use super::*;
use crate::gate::Extras;
use crate::router::{Pattern, RouteMethod};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use iii_kit::{ChannelDirection, ChannelRef, ChannelRefs};
use proptest::prelude::*;
use serde_json::{Value, json};

fn channel(id: &str) -> ChannelRefs {
    let end = |direction| ChannelRef {
        channel_id: id.into(),
        access_key: format!("{id}-key"),
        direction,
    };
    ChannelRefs {
        writer: end(ChannelDirection::Write),
        reader: end(ChannelDirection::Read),
    }
}

struct Request<'a> {
    pattern: &'a str,
    path: &'a str,
    query: &'a str,
    captures: &'a [&'a str],
    headers: &'a [(&'a str, &'a [u8])],
    body: &'a str,
}

const PLAIN: Request<'static> = Request {
    pattern: "/x/:id",
    path: "/x/a%20b",
    query: "q=1&q=2",
    captures: &["a%20b"],
    headers: &[],
    body: "",
};

fn text(request: &Request<'_>) -> String {
    let mut headers = HeaderMap::new();
    for (name, value) in request.headers {
        let name = HeaderName::try_from(*name).unwrap();
        headers.append(name, HeaderValue::from_bytes(value).unwrap());
    }
    let payload = payload(&Parts {
        pattern: &Pattern::parse(request.pattern).unwrap(),
        route_method: RouteMethod::Get,
        method: "HEAD",
        path: request.path,
        query_text: request.query,
        query: &Query::parse(request.query).ok().unwrap(),
        captures: request.captures,
        headers: &headers,
        body: request.body.as_bytes(),
        channels: &Channels {
            request_body: channel("in"),
            response: channel("out"),
            files: Vec::new(),
        },
        origin: Origin {
            address: [192, 0, 2, 1].into(),
            scheme: Scheme::Https,
        },
        request_id: Some(&HeaderValue::from_static("r1")),
        form: None,
        extras: &Extras::default(),
    });
    String::from_utf8(payload.as_bytes().to_vec()).unwrap()
}

fn value(request: &Request<'_>) -> Value {
    serde_json::from_str(&text(request)).unwrap()
}

#[test]
fn the_published_shape_is_kept() {
    let got = value(&Request {
        query: "a=b%20c+d&flag&=&e=",
        headers: &[("X-Foo", b"Bar"), ("content-type", b"application/json")],
        body: "{\"j\":1}",
        ..PLAIN
    });
    let want = json!({
        "query_params": { "a": "b c d", "flag": "", "": "", "e": "" },
        "path_params": { "id": "a b" },
        "headers": { "x-foo": "Bar", "content-type": "application/json" },
        "path": "/x/:id",
        "method": "HEAD",
        "body": { "j": 1 },
        "trigger": { "type": "http", "path": "/x/:id", "method": "GET" },
        "request_body": { "channel_id": "in", "access_key": "in-key", "direction": "read" },
        "response": { "channel_id": "out", "access_key": "out-key", "direction": "write" },
        "url": { "scheme": "https", "path": "/x/a%20b", "query": "a=b%20c+d&flag&=&e=" },
        "client": { "address": "192.0.2.1" },
        "request_id": "r1",
    });
    assert_eq!(got, want);
}

#[test]
fn repeated_names_keep_the_last_value_and_all_values_beside_it() {
    let got = value(&Request {
        query: "q=1&r=x&q=2",
        headers: &[
            ("x-a", b"1"),
            ("cookie", b"a=1"),
            ("x-a", b"2"),
            ("cookie", b"b=2"),
        ],
        ..PLAIN
    });
    assert_eq!(got["query_params"], json!({ "q": "2", "r": "x" }));
    assert_eq!(
        got["query_params_all"],
        json!({ "q": ["1", "2"], "r": ["x"] })
    );
    assert_eq!(got["headers"], json!({ "x-a": "2", "cookie": "a=1; b=2" }));
    let all = json!({ "x-a": ["1", "2"], "cookie": ["a=1", "b=2"] });
    assert_eq!(got["headers_all"], all);
}

#[test]
fn bodies_are_spliced_to_the_byte_and_null_when_empty() {
    let body = "{\"z\":1.50,\"a\":[1e2,null]}";
    let with = text(&Request { body, ..PLAIN });
    assert!(with.contains(&format!("\"body\":{body},")), "{with}");
    assert!(text(&PLAIN).contains("\"body\":null,"));
}

#[test]
fn text_that_needs_escapes_stays_json() {
    let got = value(&Request {
        pattern: "/%22/:id",
        path: "/%22/%00%22",
        captures: &["%00%22"],
        query: "\"=%5C%0A",
        headers: &[("x-latin", b"caf\xe9"), ("x-utf8", "ä\"".as_bytes())],
        ..PLAIN
    });
    assert_eq!(got["path_params"]["id"], "\0\"");
    assert_eq!(got["query_params"]["\""], "\\\n");
    assert_eq!(got["headers"]["x-latin"], "café");
    assert_eq!(got["headers"]["x-utf8"], "ä\"");
}

#[test]
fn too_many_query_pairs_are_refused() {
    let many = "a=1&".repeat(crate::limits::QUERY_PAIRS_MAX + 1);
    assert!(Query::parse(&many).is_err());
}

#[test]
fn the_door_of_the_fuzz_target_reaches_the_payload() {
    fuzz_request(b"/x/:id\n/x/a%20b?q=1&q=%ff\nx: \xff\nx: 2\n\n{\"a\":1}");
    fuzz_request(b"");
}

proptest! {
    #[test]
    fn any_lines_make_a_payload_or_none(
        pattern in "/[a-c]{0,2}(/:[a-z]{1,2})?(/\\*r)?",
        target in "/[a-c%2F]{0,3}(/[^ ?#]{0,4}){0,3}(\\?[a-c=&%+]{0,12})?",
        rest in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let data = [pattern.as_bytes(), target.as_bytes(), &rest].join(&b'\n');
        fuzz_request(&data);
    }

    #[test]
    fn any_request_gives_one_json_object_with_every_value(
        names in prop::collection::vec("[a-c%+\"]{0,3}", 0..24),
        values in prop::collection::vec("\\PC{0,6}", 24),
        capture in "\\PC{0,12}",
        header in prop::collection::vec(0x20_u8..0x7f, 0..20),
    ) {
        let escape = |text: &str| text.replace(['&', '='], "");
        let pairs: Vec<_> = names.iter().zip(&values)
            .map(|(name, value)| format!("{name}={}", escape(value)))
            .collect();
        let query = pairs.join("&");
        let got = value(&Request {
            query: &query,
            captures: &[&capture],
            headers: &[("x", &header)],
            ..PLAIN
        });
        let parsed = Query::parse(&query).ok().unwrap();
        for (name, last) in &parsed.pairs {
            let all: Vec<_> = parsed.pairs.iter().filter(|pair| pair.0 == *name).collect();
            prop_assert_eq!(&got["query_params"][name.as_ref()], all[all.len() - 1].1.as_ref());
            if parsed.repeats {
                let listed = got["query_params_all"][name.as_ref()].as_array().unwrap();
                prop_assert_eq!(listed.len(), all.len());
            }
            let _ = last;
        }
        let sent = Bytes::from(header);
        prop_assert_eq!(got["headers"]["x"].as_str().unwrap().as_bytes(), sent.as_ref());
    }
}
