//! What results become.

use super::error::Style;
use super::*;
use crate::config::ErrorFormat;
use bytes::Bytes;
use http::{Response, StatusCode};
use iii_kit::Payload;

/// `status content-type body`, with headers beyond the content type in between.
fn show(response: Response<ResponseBody>) -> String {
    let mut shown = vec![response.status().as_str().to_owned()];
    for (name, value) in response.headers() {
        shown.push(format!("{name}={}", value.to_str().unwrap()));
    }
    if let ResponseBody::Full(Some(body)) = response.into_body() {
        shown.push(String::from_utf8(body.to_vec()).unwrap());
    }
    shown
        .join(" ")
        .replace("content-type=application/json", "JSON")
}

const SHOWN: Style = Style {
    format: ErrorFormat::Published,
    expose: true,
};

fn of(result: &str) -> String {
    let payload = Payload::parse(Bytes::copy_from_slice(result.as_bytes())).unwrap();
    match from_result(&payload) {
        Ok(response) => show(response),
        Err(fault) => format!("invalid: {fault}"),
    }
}

#[test]
fn responses_follow_the_published_rules() {
    for (result, want) in [
        (
            r#"{"status_code":201,"body":{"b":1.0,"a":2}}"#,
            r#"201 JSON {"b":1.0,"a":2}"#,
        ),
        (
            r#"{"statusCode":202,"headers":{},"body":null}"#,
            "202 JSON null",
        ),
        (r#"{"body":"hi"}"#, r#"200 JSON "hi""#),
        (r#"{"status_code":200}"#, "200 JSON {}"),
        (r#"{"status_code":null,"body":1}"#, "200 JSON 1"),
        (r#"{"status_code":204,"body":"x"}"#, "204"),
        (
            r#"{"headers":{"Content-Type":"text/html"},"body":"<p>\n\"é\""}"#,
            "200 content-type=text/html <p>\n\"é\"",
        ),
        (
            r#"{"headers":{"content-type":"text/plain"},"body":"plain"}"#,
            "200 content-type=text/plain plain",
        ),
        (
            r#"{"headers":{"content-type":"text/plain"},"body":null}"#,
            "200 content-type=text/plain",
        ),
        (
            r#"{"headers":{"content-type":"text/csv"}}"#,
            "200 content-type=text/csv",
        ),
        (
            r#"{"headers":{"content-type":"x/y"},"body":[1, 2]}"#,
            "200 content-type=x/y [1, 2]",
        ),
        (
            r#"{"headers":["Set-Cookie: a=1; path=/","Set-Cookie: b=2"],"body":1}"#,
            "200 set-cookie=a=1; path=/ set-cookie=b=2 JSON 1",
        ),
        (
            r#"{"headers":{"set-cookie":["a=1","b=2"],"x-n":7,"x-b":true,"x-none":null},"body":1}"#,
            "200 set-cookie=a=1 set-cookie=b=2 x-n=7 x-b=true JSON 1",
        ),
        (
            r#"{"headers":{"content-length":"9","Transfer-Encoding":"x","connection":"close"}}"#,
            "200 JSON {}",
        ),
    ] {
        assert_eq!(of(result), want, "{result}");
    }
}

#[test]
fn a_value_that_is_no_response_is_the_body() {
    for (result, want) in [
        (r#"{"id":7,"name":"x"}"#, r#"200 JSON {"id":7,"name":"x"}"#),
        ("[1,2]", "200 JSON [1,2]"),
        ("\"text\"", "200 JSON \"text\""),
        ("0", "200 JSON 0"),
        ("false", "200 JSON false"),
        ("{}", "200 JSON {}"),
    ] {
        assert_eq!(of(result), want, "{result}");
    }
}

#[test]
fn what_cannot_be_sent_is_said() {
    for (result, part) in [
        (r#"{"status_code":99}"#, "`status_code` is 99"),
        (r#"{"status_code":101}"#, "`status_code` is 101"),
        (r#"{"status_code":600}"#, "`status_code` is 600"),
        (r#"{"status_code":"200"}"#, "`status_code` is \"200\""),
        (r#"{"status_code":200.5}"#, "`status_code` is 200.5"),
        (
            r#"{"headers":{"bad name":"x"}}"#,
            "`bad name` is no header name",
        ),
        (
            r#"{"headers":{"x-a":"a\r\nset-cookie: evil=1"}}"#,
            "`x-a` has a value",
        ),
        (
            r#"{"headers":{"x-a":{"b":1}}}"#,
            "text for the header `x-a`",
        ),
        (
            r#"{"headers":["no colon"]}"#,
            "`no colon` is no `Name: value`",
        ),
        (r#"{"headers":"x"}"#, "an object of headers"),
    ] {
        let got = of(result);
        assert!(
            got.starts_with("invalid") && got.contains(part),
            "{result}: {got}"
        );
    }
    let many: Vec<_> = (0..=crate::limits::RESPONSE_HEADERS_MAX)
        .map(|n| format!("\"x-{n}: 1\""))
        .collect();
    let got = of(&format!("{{\"headers\":[{}]}}", many.join(",")));
    assert!(got.contains("more than"), "{got}");
}

#[test]
fn control_messages_build_the_head_of_a_stream() {
    let mut head = StreamHead::default();
    for text in [
        r#"{"type":"set_status","status_code":206}"#,
        r#"{"type":"set_headers","headers":{"content-type":"text/event-stream"}}"#,
        r#"{"type":"set_headers","headers":{"x-a":"1"}}"#,
        r#"{"type":"something_new","status_code":500}"#,
        "not json",
    ] {
        head.apply(text.as_bytes()).unwrap();
    }
    let response = head.empty();
    assert_eq!(show(response), "206 content-type=text/event-stream x-a=1");
    let mut head = StreamHead::default();
    head.apply(br#"{"type":"set_status","status_code":7}"#)
        .unwrap_err();
}

#[test]
fn errors_have_one_shape_and_5xx_carry_an_id() {
    let missing = SHOWN.error(StatusCode::NOT_FOUND, "NOT_FOUND", "Not Found");
    let want = r#"404 JSON {"error":{"code":"NOT_FOUND","message":"Not Found"}}"#;
    assert_eq!(show(missing), want);
    assert_eq!(
        show(SHOWN.condition_not_met()),
        "422 JSON {\"error\":{\"code\":\"CONDITION_NOT_MET\",\
         \"message\":\"Request condition not met\"},\"skipped\":true}"
    );
    for (code, status) in [
        ("function_not_found", 503),
        ("overloaded", 503),
        ("TIMEOUT", 504),
        ("invocation_stopped", 502),
        ("out_of_stock", 500),
    ] {
        let failure = iii_kit::Error::Remote {
            code: code.into(),
            message: "no \"bolts\"".into(),
            stacktrace: Some("secret.rs:1".into()),
            details: None,
        };
        let response = SHOWN.failed_call(&failure, "f");
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(
            response.headers().contains_key("retry-after"),
            status == 503
        );
        let shown = show(response);
        let start = shown.find('{').unwrap();
        let body: serde_json::Value = serde_json::from_str(&shown[start..]).unwrap();
        assert_eq!(body["error"]["code"], code);
        assert_eq!(body["error"]["message"], "no \"bolts\"");
        assert_eq!(body["error"]["error_id"].as_str().unwrap().len(), 12);
        assert!(!shown.contains("secret"));
    }
}

#[test]
fn failures_are_hidden_and_problems_told_as_configured() {
    let failure = iii_kit::Error::Remote {
        code: "out_of_stock".into(),
        message: "table `bolts` is empty".into(),
        stacktrace: None,
        details: None,
    };
    let hidden = Style {
        expose: false,
        ..SHOWN
    };
    let told = show(hidden.failed_call(&failure, "f"));
    assert!(
        told.contains("out_of_stock") && told.contains("error_id"),
        "{told}"
    );
    assert!(!told.contains("bolts"), "{told}");
    let problems = Style {
        format: ErrorFormat::Problem,
        ..SHOWN
    };
    let response = problems.failed_call(&failure, "f");
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json"
    );
    let ResponseBody::Full(Some(body)) = response.into_body() else {
        panic!("no body");
    };
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["type"], "about:blank");
    assert_eq!(body["title"], "Internal Server Error");
    assert_eq!(
        (&body["status"], &body["code"]),
        (&500.into(), &"out_of_stock".into())
    );
    assert_eq!(body["detail"], "table `bolts` is empty");
}
