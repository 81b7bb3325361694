//! What becomes of results, errors, and functions that say nothing.

use crate::client::{Connection, get};
use crate::streams::writer;
use crate::world::{Mode, World, in_both_modes};
use iii_kit::{Bytes, Context, HandlerError, TriggerRequest};
use serde_json::{Value, json};
use std::future::pending;
use std::time::Duration;
use tokio::sync::mpsc;

in_both_modes![
    results_become_responses,
    nothing_is_204_at_once,
    a_worker_that_may_say_more_is_waited_for,
    garbage_is_answered_as_it_is_or_refused_clearly,
    errors_keep_their_code,
    what_functions_say_of_failures_stays_here,
    a_function_that_never_answers_times_out,
    a_client_that_leaves_cancels_the_call,
    a_worker_that_dies_is_told_at_once,
];

type Output = Result<Option<Value>, HandlerError>;

fn gives(value: Value) -> impl Fn(Value, Context) -> std::future::Ready<Output> {
    move |_, _| std::future::ready(Ok(Some(value.clone())))
}

async fn results_become_responses(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    let html =
        json!({ "status_code": 201, "headers": { "content-type": "text/html" }, "body": "<p>" });
    world.route("GET /html", gives(html)).await;
    let cookies = json!({ "headers": ["set-cookie: a=1", "set-cookie: b=2"], "body": { "x": 1 } });
    world.route("GET /cookies", gives(cookies)).await;
    let html = get(world.address, "/html").await;
    assert_eq!(
        (html.status, html.header("content-type")),
        (201, Some("text/html"))
    );
    assert_eq!(html.text(), "<p>");
    let cookies = get(world.address, "/cookies").await;
    assert_eq!(cookies.all("set-cookie"), ["a=1", "b=2"]);
    assert_eq!(cookies.json(), json!({ "x": 1 }));
    world.stop().await;
}

/// A wait that no test survives: what is answered, was answered without it.
fn endless_wait() -> Value {
    json!({ "response_channel_wait_ms": 3_600_000, "default_timeout": 3_600_000 })
}

async fn nothing_is_204_at_once(mode: Mode) {
    let world = World::start(mode, endless_wait()).await;
    world.route("GET /absent", |_, _| async { Ok(None) }).await;
    world.route("GET /null", gives(Value::Null)).await;
    world
        .route("GET /later", |_, _| async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Ok(None)
        })
        .await;
    // The writer was opened, so only the route's word makes it certain.
    let no_channel = json!({ "response_channel": false });
    world.route_with("GET /never", no_channel, opens).await;
    for path in ["/absent", "/null", "/later", "/never"] {
        let reply = get(world.address, path).await;
        assert_eq!((reply.status, reply.body.len()), (204, 0), "{path}");
        assert_eq!(reply.header("content-type"), None);
    }
    world.stop().await;
}

async fn opens(input: Value, context: Context) -> Output {
    drop(writer(&input, &context));
    Ok(None)
}

async fn a_worker_that_may_say_more_is_waited_for(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    world.route("GET /opened", opens).await;
    assert_eq!(get(world.address, "/opened").await.status, 204);
    world.stop().await;

    let world = World::start(mode, endless_wait()).await;
    world
        .function("app::writes", |input, context| async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let mut writer = writer(&input, &context);
            writer
                .write(Bytes::from_static(b"on behalf"))
                .await
                .unwrap();
            writer.finish().await.unwrap();
            Ok(None)
        })
        .await;
    world
        .route("GET /handed-on", |input, context| async move {
            let call = TriggerRequest::new("app::writes", input).void();
            context.trigger::<_, ()>(call).await.unwrap();
            Ok(None)
        })
        .await;
    let reply = get(world.address, "/handed-on").await;
    assert_eq!((reply.status, reply.text()), (200, "on behalf"));
    world.stop().await;
}

async fn garbage_is_answered_as_it_is_or_refused_clearly(mode: Mode) {
    let world = World::start(mode, json!({ "expose_errors": true })).await;
    for (path, value) in [
        ("/a", json!({ "id": 7 })),
        ("/b", json!("text")),
        ("/c", json!([1, null])),
        ("/d", json!(false)),
    ] {
        world
            .route(&format!("GET {path}"), gives(value.clone()))
            .await;
        let reply = get(world.address, path).await;
        assert_eq!((reply.status, reply.json()), (200, value));
    }
    for (path, value, part) in [
        ("/x", json!({ "status_code": 99 }), "status_code"),
        ("/y", json!({ "status_code": "ok" }), "status_code"),
        ("/z", json!({ "headers": { "a b": "c" } }), "no header name"),
    ] {
        world.route(&format!("GET {path}"), gives(value)).await;
        let reply = get(world.address, path).await;
        assert_eq!(
            (reply.status, reply.error_code().as_str()),
            (500, "INVALID_RESPONSE")
        );
        assert!(reply.text().contains(part), "{}", reply.text());
    }
    world.stop().await;
}

async fn errors_keep_their_code(mode: Mode) {
    let world = World::start(mode, json!({ "expose_errors": true })).await;
    let fails = |_, _| async { Err(HandlerError::new("out_of_stock", "no `bolts` left")) };
    world.route("GET /fails", fails).await;
    let failed = get(world.address, "/fails").await;
    assert_eq!(
        (failed.status, failed.error_code().as_str()),
        (500, "out_of_stock")
    );
    let error = &failed.json()["error"];
    assert_eq!(error["message"], "no `bolts` left");
    assert_eq!(error["error_id"].as_str().unwrap().len(), 12);
    world
        .bind("nobody::here", json!({ "api_path": "/missing" }))
        .await
        .unwrap();
    let missing = get(world.address, "/missing").await;
    assert_eq!(
        (missing.status, missing.error_code().as_str()),
        (503, "function_not_found")
    );
    assert!(missing.header("retry-after").is_some());
    world.stop().await;
}

async fn what_functions_say_of_failures_stays_here(mode: Mode) {
    let world = World::start(mode, json!({ "error_format": "problem" })).await;
    let fails = |_, _| async { Err(HandlerError::new("out_of_stock", "no `bolts` left")) };
    world.route("GET /fails", fails).await;
    let failed = get(world.address, "/fails").await;
    assert_eq!(
        failed.header("content-type"),
        Some("application/problem+json")
    );
    let problem = failed.json();
    assert_eq!(
        (&problem["status"], &problem["code"]),
        (&json!(500), &json!("out_of_stock"))
    );
    assert_eq!(problem["detail"], "the service failed");
    assert!(problem["error_id"].is_string());
    let missing = get(world.address, "/missing").await;
    assert_eq!(
        (missing.status, &missing.json()["title"]),
        (404, &json!("Not Found"))
    );
    world.stop().await;
}

async fn a_function_that_never_answers_times_out(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    let (cancelled, mut was_cancelled) = mpsc::channel(1);
    world
        .route_with(
            "GET /never",
            json!({ "timeout_ms": 100 }),
            move |_, context| {
                let cancelled = cancelled.clone();
                async move {
                    context.cancelled().cancelled().await;
                    cancelled.send(()).await.unwrap();
                    pending().await
                }
            },
        )
        .await;
    let reply = get(world.address, "/never").await;
    assert_eq!(
        (reply.status, reply.error_code().as_str()),
        (504, "TIMEOUT")
    );
    was_cancelled.recv().await.unwrap();
    world.stop().await;
}

async fn a_client_that_leaves_cancels_the_call(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    let (tell, mut told) = mpsc::channel(2);
    world
        .route("GET /wait", move |_, context| {
            let tell = tell.clone();
            async move {
                tell.send("started").await.unwrap();
                context.cancelled().cancelled().await;
                tell.send("cancelled").await.unwrap();
                pending().await
            }
        })
        .await;
    let mut connection = Connection::open(world.address).await;
    connection.request("GET /wait", &[], "").await;
    assert_eq!(told.recv().await, Some("started"));
    drop(connection);
    assert_eq!(told.recv().await, Some("cancelled"));
    world.stop().await;
}

async fn a_worker_that_dies_is_told_at_once(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    let other = world.worker("mortal");
    let (tell, mut told) = mpsc::channel(1);
    crate::world::register(&other, "mortal::f", move |_, _| {
        let tell = tell.clone();
        async move {
            tell.send(()).await.unwrap();
            pending().await
        }
    })
    .await;
    crate::world::bind(&other, "mortal::f", json!({ "api_path": "/m" }))
        .await
        .unwrap();
    let mut connection = Connection::open(world.address).await;
    connection.request("GET /m", &[], "").await;
    told.recv().await.unwrap();
    other.shutdown().await;
    let reply = connection.reply().await;
    assert_eq!(
        (reply.status, reply.error_code().as_str()),
        (502, "invocation_stopped")
    );
    world.stop().await;
}
