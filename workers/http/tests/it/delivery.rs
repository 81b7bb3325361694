//! How answers are delivered: bytes, cookies, redirects, tags, and coded.

use crate::client::{Connection, ask, get};
use crate::curl::curl;
use crate::streams::writer;
use crate::world::{Mode, World, in_both_modes};
use iii_kit::{Bytes, Context, HandlerError};
use serde_json::{Value, json};

in_both_modes![
    bytes_cookies_and_redirects_come_out_of_results,
    what_a_client_has_is_not_sent_again,
    answers_are_compressed_for_who_reads_that,
    events_are_flushed_one_by_one,
];

type Output = Result<Option<Value>, HandlerError>;

fn gives(value: Value) -> impl Fn(Value, Context) -> std::future::Ready<Output> {
    move |_, _| std::future::ready(Ok(Some(value.clone())))
}

async fn bytes_cookies_and_redirects_come_out_of_results(mode: Mode) {
    let world = World::start(mode, json!({ "expose_errors": true })).await;
    let image = json!({
        "headers": { "content-type": "image/png" }, "body": "iVBO/w==", "body_encoding": "base64",
        "cookies": [{ "name": "seen", "value": "1", "path": "/", "http_only": true }, "b=2"],
    });
    world.route("GET /image", gives(image)).await;
    let reply = get(world.address, "/image").await;
    assert_eq!(reply.header("content-type"), Some("image/png"));
    assert_eq!(reply.body, [0x89, b'P', b'N', 0xff]);
    let cookies = ["seen=1; Path=/; HttpOnly", "b=2"];
    assert_eq!(reply.all("set-cookie"), cookies);

    let moved = json!({ "status_code": 302, "headers": { "location": "/image" } });
    world.route("GET /moved", gives(moved)).await;
    let reply = get(world.address, "/moved").await;
    assert_eq!((reply.status, reply.text()), (302, ""));
    assert_eq!(
        (reply.header("location"), reply.header("content-type")),
        (Some("/image"), None)
    );

    let broken = json!({ "body": "%%%", "body_encoding": "base64" });
    world.route("GET /broken", gives(broken)).await;
    let reply = get(world.address, "/broken").await;
    assert_eq!(
        (reply.status, reply.error_code().as_str()),
        (500, "INVALID_RESPONSE")
    );
    assert!(reply.text().contains("no base64"), "{}", reply.text());
    world.stop().await;
}

async fn what_a_client_has_is_not_sent_again(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    let tagged = json!({ "headers": { "etag": "\"v1\"", "cache-control": "no-cache" }, "body": 1 });
    world.route("GET /own", gives(tagged)).await;
    let reply = ask(world.address, "GET /own", &["if-none-match: \"v1\""], "").await;
    assert_eq!((reply.status, reply.text()), (304, ""));
    assert_eq!(
        (reply.header("etag"), reply.header("cache-control")),
        (Some("\"v1\""), Some("no-cache"))
    );
    let other = ask(world.address, "GET /own", &["if-none-match: \"v2\""], "").await;
    assert_eq!((other.status, other.text()), (200, "1"));

    world
        .route_with(
            "GET /made",
            json!({ "etag": true }),
            gives(json!({ "n": 1 })),
        )
        .await;
    let first = get(world.address, "/made").await;
    let tag = format!("if-none-match: {}", first.header("etag").unwrap());
    let again = ask(world.address, "GET /made", &[&tag], "").await;
    assert_eq!((first.status, again.status), (200, 304));
    world.stop().await;
}

async fn answers_are_compressed_for_who_reads_that(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    let large = json!({ "list": vec!["the same again"; 20_000] });
    world.route("GET /large", gives(large.clone())).await;
    world.route("GET /small", gives(json!({ "n": 1 }))).await;
    let plain = get(world.address, "/large").await;
    assert_eq!(plain.header("content-encoding"), None);
    assert_eq!(plain.header("vary"), Some("accept-encoding"));
    assert_eq!(plain.json(), large);
    for coding in ["gzip", "br", "zstd"] {
        let accept = format!("accept-encoding: {coding}");
        let reply = ask(world.address, "GET /large", &[&accept], "").await;
        assert_eq!(reply.header("content-encoding"), Some(coding));
        assert!(reply.complete && reply.body.len() < plain.body.len() / 10);
        let small = ask(world.address, "GET /small", &[&accept], "").await;
        assert_eq!(
            (small.header("content-encoding"), small.text()),
            (None, "{\"n\":1}")
        );
    }
    // A client that decodes for itself.
    let Some(seen) = curl(&["--compressed"], world.address, "/large").await else {
        return;
    };
    assert_eq!(seen.into_bytes(), plain.body);
    world.stop().await;

    let world = World::start(mode, json!({ "compression": { "enabled": false } })).await;
    world.route("GET /large", gives(large)).await;
    let reply = ask(world.address, "GET /large", &["accept-encoding: gzip"], "").await;
    assert_eq!(
        (reply.header("content-encoding"), reply.header("vary")),
        (None, None)
    );
    world.stop().await;
}

async fn events_are_flushed_one_by_one(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    let (go_on, wait) = tokio::sync::mpsc::channel(1);
    let wait = std::sync::Arc::new(tokio::sync::Mutex::new(wait));
    world
        .route("GET /events", move |input, context| {
            let wait = std::sync::Arc::clone(&wait);
            async move {
                let mut writer = writer(&input, &context);
                let headers = json!({ "content-type": "text/event-stream" });
                let head = json!({ "type": "set_headers", "headers": headers });
                writer.send_message(head.to_string()).await.unwrap();
                for n in 0..3 {
                    let event = Bytes::from(format!("data: {n}\n\n"));
                    writer.write(event).await.unwrap();
                    wait.lock().await.recv().await.unwrap();
                }
                writer.finish().await.unwrap();
                Ok(None)
            }
        })
        .await;
    let mut connection = Connection::open(world.address).await;
    let accept = "accept-encoding: gzip";
    connection.request("GET /events", &[accept], "").await;
    let reply = connection.head().await;
    assert_eq!(reply.header("content-encoding"), Some("gzip"));
    let mut complete = true;
    for _ in 0..3 {
        // The next event is not written before this one has arrived.
        assert!(!connection.chunk(&mut complete).await.unwrap().is_empty());
        go_on.send(()).await.unwrap();
    }
    while connection.chunk(&mut complete).await.is_some() {}
    assert!(complete);
    world.stop().await;
}
