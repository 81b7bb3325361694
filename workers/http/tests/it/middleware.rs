//! Functions asked before and after the handler.

use crate::client::{JSON, ask, get, post};
use crate::world::{Mode, World, in_both_modes};
use iii_kit::{Context, HandlerError};
use serde_json::{Value, json};
use std::future::{pending, ready};
use std::sync::Arc;

in_both_modes![
    functions_are_asked_in_order_and_hand_on,
    a_function_may_answer_instead,
    the_answer_can_be_changed,
    they_fail_closed,
];

type Output = Result<Option<Value>, HandlerError>;

fn echo(input: Value, _: Context) -> std::future::Ready<Output> {
    ready(Ok(Some(json!({ "body": input }))))
}

fn answers(value: Value) -> impl Fn(Value, Context) -> std::future::Ready<Output> {
    move |_, _| ready(Ok(Some(value.clone())))
}

/// Appends its name to `context.seen`.
fn marks(name: &'static str) -> impl Fn(Value, Context) -> std::future::Ready<Output> {
    move |input, _| {
        let mut seen = input["context"]["seen"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        seen.push(name.into());
        ready(Ok(Some(
            json!({ "action": "continue", "context": { "seen": seen } }),
        )))
    }
}

async fn functions_are_asked_in_order_and_hand_on(mode: Mode) {
    let global = json!([
        { "function_id": "app::second", "phase": "preHandler", "priority": 2 },
        { "function_id": "app::first", "priority": -1 },
    ]);
    let world = World::start(mode, json!({ "middleware": global })).await;
    for name in ["first", "second", "third"] {
        world.function(&format!("app::{name}"), marks(name)).await;
    }
    world
        .function("app::allows", |input: Value, _| {
            let seen = &input["context"]["seen"];
            ready(Ok(Some(json!(seen == &json!(["first", "second"])))))
        })
        .await;
    world
        .function("app::inspects", |input: Value, _| {
            assert_eq!(input["phase"], "preHandler");
            let request = &input["request"];
            assert_eq!(request["path_params"]["id"], "a b");
            assert_eq!(request["query_params"], json!({ "q": "2" }));
            assert_eq!(
                (&request["method"], &request["headers"]["x-a"]),
                (&json!("POST"), &json!("1"))
            );
            let headers = json!({ "x-a": null, "x-user": "ann" });
            ready(Ok(Some(
                json!({ "action": "continue", "request": { "headers": headers } }),
            )))
        })
        .await;
    let own = json!({ "middleware_function_ids": ["app::third", "app::inspects"],
        "condition_function_id": "app::allows" });
    world.route_with("POST /x/:id", own, echo).await;
    let reply = ask(
        world.address,
        "POST /x/a%20b?q=1&q=2",
        &[JSON, "x-a: 1"],
        "{\"n\":1.0}",
    )
    .await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let seen = reply.json();
    assert_eq!(seen["context"]["seen"], json!(["first", "second", "third"]));
    assert_eq!(seen["headers"]["x-user"], "ann");
    assert_eq!(seen["headers"]["x-a"], Value::Null);
    // The body is still the client's own text.
    assert!(reply.text().contains("{\"n\":1.0}"), "{}", reply.text());
    world.stop().await;
}

async fn a_function_may_answer_instead(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    let teapot = json!({ "status_code": 418, "headers": { "x-why": "tea" }, "body": { "n": 1 } });
    let instead = answers(json!({ "action": "respond", "response": teapot }));
    world.function("app::instead", instead).await;
    world
        .route_with(
            "GET /a",
            json!({ "middleware_function_ids": ["app::instead"] }),
            |_, _| ready(Err(HandlerError::new("reached", "the handler ran"))),
        )
        .await;
    let reply = get(world.address, "/a").await;
    assert_eq!((reply.status, reply.header("x-why")), (418, Some("tea")));
    assert_eq!(reply.json(), json!({ "n": 1 }));
    world.stop().await;
}

async fn the_answer_can_be_changed(mode: Mode) {
    let global = json!([{ "function_id": "app::stamp", "phase": "postHandler" }]);
    let world = World::start(mode, json!({ "middleware": global })).await;
    world
        .function("app::stamp", |input: Value, _| {
            let response = &input["response"];
            let status = response["status_code"].clone();
            let headers = json!({ "x-was": status, "x-secret": null });
            ready(Ok(Some(
                json!({ "action": "continue", "response": { "headers": headers } }),
            )))
        })
        .await;
    world
        .function("app::wrap", |input: Value, _| {
            assert_eq!(input["phase"], "postHandler");
            let response =
                json!({ "status_code": 202, "body": { "data": input["response"]["body"] } });
            ready(Ok(Some(
                json!({ "action": "continue", "response": response }),
            )))
        })
        .await;
    let answer = json!({ "headers": { "x-secret": "s" }, "body": [1, 2] });
    let wrapped = json!({ "post_middleware_function_ids": ["app::wrap"] });
    world.route_with("GET /a", wrapped, answers(answer)).await;
    world
        .route("GET /fails", |_, _| {
            ready(Err(HandlerError::new("broken", "it broke")))
        })
        .await;
    let reply = get(world.address, "/a").await;
    assert_eq!(
        (reply.status, reply.json()),
        (202, json!({ "data": [1, 2] }))
    );
    assert_eq!(
        (reply.header("x-was"), reply.header("x-secret")),
        (Some("202"), None)
    );
    // Failures of the handler pass by as well.
    let failed = get(world.address, "/fails").await;
    assert_eq!((failed.status, failed.header("x-was")), (500, Some("500")));
    assert_eq!(failed.error_code(), "broken");
    world.stop().await;
}

async fn they_fail_closed(mode: Mode) {
    let world = World::start(mode, json!({ "middleware_timeout_ms": 50 })).await;
    let reached = Arc::new(std::sync::atomic::AtomicBool::new(false));
    world
        .function("app::fails", |_, _| {
            ready(Err(HandlerError::new("oops", "secret words")))
        })
        .await;
    world.function("app::hangs", |_, _| pending()).await;
    world.function("app::empty", |_, _| ready(Ok(None))).await;
    world
        .function("app::odd", answers(json!({ "action": "maybe" })))
        .await;
    let huge = json!({ "action": "continue", "context": { "x": "x".repeat(70_000) } });
    world.function("app::huge", answers(huge)).await;
    for (name, status, code) in [
        ("fails", 500, "oops"),
        ("hangs", 504, "MIDDLEWARE_TIMEOUT"),
        ("empty", 500, "MIDDLEWARE_INVALID_ANSWER"),
        ("odd", 500, "MIDDLEWARE_INVALID_ANSWER"),
        ("huge", 500, "MIDDLEWARE_INVALID_ANSWER"),
        ("absent", 503, "function_not_found"),
    ] {
        let reached = Arc::clone(&reached);
        let own = json!({ "middleware_function_ids": [format!("app::{name}")] });
        world
            .route_with(&format!("POST /{name}"), own, move |_, _| {
                reached.store(true, std::sync::atomic::Ordering::Relaxed);
                ready(Ok(None))
            })
            .await;
        let reply = post(world.address, &format!("/{name}"), "{}").await;
        assert_eq!(
            (reply.status, reply.error_code().as_str()),
            (status, code),
            "{name}"
        );
        assert!(!reply.text().contains("secret words"));
    }
    assert!(!reached.load(std::sync::atomic::Ordering::Relaxed));
    world.stop().await;
}
