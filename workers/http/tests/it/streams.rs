//! Responses through the channel.

use crate::client::{Connection, get};
use crate::world::{Mode, World, in_both_modes};
use iii_kit::{Bytes, ChannelRef, ChannelWriter, Context, HandlerError};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc};

in_both_modes![
    a_stream_begins_while_the_function_runs,
    a_function_may_return_before_it_streams,
    a_stream_of_no_bytes_has_a_head,
    a_result_beats_a_channel_that_has_not_begun,
    an_abort_is_seen_by_the_client,
    an_error_ends_a_stream_that_has_begun,
    a_client_that_leaves_ends_the_stream,
    a_slow_client_slows_the_function_down,
    a_bad_head_is_an_error,
];

pub(crate) fn writer(input: &Value, context: &Context) -> ChannelWriter {
    let channel: ChannelRef = serde_json::from_value(input["response"].clone()).unwrap();
    context.client().open_writer(&channel)
}

fn head(status: u16) -> [String; 2] {
    [
        json!({ "type": "set_status", "status_code": status }).to_string(),
        json!({ "type": "set_headers", "headers": { "content-type": "text/event-stream" } })
            .to_string(),
    ]
}

async fn a_stream_begins_while_the_function_runs(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    let go_on = Arc::new(Notify::new());
    let notified = Arc::clone(&go_on);
    world
        .route("GET /s", move |input, context| {
            let go_on = Arc::clone(&notified);
            async move {
                let mut writer = writer(&input, &context);
                for text in head(206) {
                    writer.send_message(text).await.unwrap();
                }
                writer.write(Bytes::from_static(b"one")).await.unwrap();
                go_on.notified().await;
                writer.write(Bytes::from_static(b"two")).await.unwrap();
                writer.finish().await.unwrap();
                Ok(None)
            }
        })
        .await;
    let mut connection = Connection::open(world.address).await;
    connection.request("GET /s", &[], "").await;
    let reply = connection.head().await;
    assert_eq!(
        (reply.status, reply.header("content-type")),
        (206, Some("text/event-stream"))
    );
    let mut complete = true;
    assert_eq!(connection.chunk(&mut complete).await.unwrap(), b"one");
    go_on.notify_one();
    assert_eq!(connection.chunk(&mut complete).await.unwrap(), b"two");
    assert_eq!(connection.chunk(&mut complete).await, None);
    assert!(complete);
    // The connection goes on.
    connection.request("GET /nothing", &[], "").await;
    assert_eq!(connection.reply().await.status, 404);
    world.stop().await;
}

async fn a_function_may_return_before_it_streams(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    // What published clients do: the writes are on their way when the function returns.
    world
        .route("GET /s", |input, context| async move {
            let mut writer = writer(&input, &context);
            #[expect(
                clippy::disallowed_methods,
                reason = "the stream outlives its function"
            )]
            tokio::task::spawn(async move {
                tokio::time::sleep(Duration::from_millis(30)).await;
                for text in head(201) {
                    writer.send_message(text).await.unwrap();
                }
                writer.write(Bytes::from_static(b"late")).await.unwrap();
                writer.finish().await.unwrap();
            });
            Ok(None)
        })
        .await;
    let reply = get(world.address, "/s").await;
    assert_eq!(
        (reply.status, reply.text(), reply.complete),
        (201, "late", true)
    );
    world.stop().await;
}

async fn a_stream_of_no_bytes_has_a_head(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    world
        .route("GET /s", |input, context| async move {
            let mut writer = writer(&input, &context);
            for text in head(202) {
                writer.send_message(text).await.unwrap();
            }
            writer.finish().await.unwrap();
            Ok(None)
        })
        .await;
    let reply = get(world.address, "/s").await;
    assert_eq!((reply.status, reply.text()), (202, ""));
    assert_eq!(reply.header("content-type"), Some("text/event-stream"));
    world.stop().await;
}

async fn a_result_beats_a_channel_that_has_not_begun(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    world
        .route("GET /s", |input, context| async move {
            let mut writer = writer(&input, &context);
            writer.send_message(head(500)[0].clone()).await.unwrap();
            tokio::time::sleep(Duration::from_millis(30)).await;
            Ok(Some(json!({ "body": "result" })))
        })
        .await;
    let reply = get(world.address, "/s").await;
    assert_eq!((reply.status, reply.text()), (200, "\"result\""));
    world.stop().await;
}

async fn an_abort_is_seen_by_the_client(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    world
        .route("GET /s", |input, context| async move {
            let mut writer = writer(&input, &context);
            writer.write(Bytes::from_static(b"half")).await.unwrap();
            writer.abort().await;
            Ok(None)
        })
        .await;
    let reply = get(world.address, "/s").await;
    assert_eq!((reply.text(), reply.complete), ("half", false));
    world.stop().await;
}

async fn an_error_ends_a_stream_that_has_begun(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    let begun = Arc::new(Notify::new());
    let notified = Arc::clone(&begun);
    world
        .route("GET /fails", move |input, context| {
            let begun = Arc::clone(&notified);
            async move {
                let mut writer = writer(&input, &context);
                writer.write(Bytes::from_static(b"half")).await.unwrap();
                // Before the first byte an error is the answer; it must not come any sooner.
                begun.notified().await;
                // The channel stays open: the error ends the response.
                std::mem::forget(writer);
                Err(HandlerError::failed("broken"))
            }
        })
        .await;
    let mut connection = Connection::open(world.address).await;
    connection.request("GET /fails", &[], "").await;
    assert_eq!(connection.head().await.status, 200);
    let mut complete = true;
    assert_eq!(connection.chunk(&mut complete).await.unwrap(), b"half");
    begun.notify_one();
    assert_eq!(connection.chunk(&mut complete).await, None);
    assert!(!complete);
    world.stop().await;
}

async fn a_client_that_leaves_ends_the_stream(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    let (tell, mut told) = mpsc::channel(1);
    world
        .route("GET /s", move |input, context| {
            let tell = tell.clone();
            async move {
                let mut writer = writer(&input, &context);
                while writer.write(Bytes::from_static(b"tick")).await.is_ok() {
                    tokio::task::yield_now().await;
                }
                tell.send(()).await.unwrap();
                Ok(None)
            }
        })
        .await;
    let mut connection = Connection::open(world.address).await;
    connection.request("GET /s", &[], "").await;
    assert_eq!(connection.head().await.status, 200);
    drop(connection);
    told.recv().await.unwrap();
    world.stop().await;
}

async fn a_slow_client_slows_the_function_down(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    let (tell, mut told) = mpsc::channel(1024);
    world
        .route("GET /s", move |input, context| {
            let tell = tell.clone();
            async move {
                let mut writer = writer(&input, &context);
                let megabyte = Bytes::from(vec![b'x'; 1 << 20]);
                for _ in 0..128 {
                    writer.write(megabyte.clone()).await.unwrap();
                    tell.send(()).await.unwrap();
                }
                writer.finish().await.unwrap();
                Ok(None)
            }
        })
        .await;
    let mut connection = Connection::open(world.address).await;
    connection.request("GET /s", &[], "").await;
    let reply = connection.head().await;
    assert_eq!(reply.status, 200);
    // Nothing is read: the writer comes to a halt long before the end.
    let mut written = 0;
    while tokio::time::timeout(Duration::from_millis(200), told.recv())
        .await
        .is_ok()
    {
        written += 1;
    }
    assert!(written < 100, "{written} MiB are buffered somewhere");
    let (mut received, mut complete) = (0, true);
    while let Some(chunk) = connection.chunk(&mut complete).await {
        received += chunk.len();
    }
    assert_eq!((received, complete), (128 << 20, true));
    world.stop().await;
}

async fn a_bad_head_is_an_error(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    world
        .route("GET /s", |input, context| async move {
            let mut writer = writer(&input, &context);
            writer.send_message(head(42)[0].clone()).await.unwrap();
            let _ = writer.finish().await;
            Ok(None)
        })
        .await;
    let reply = get(world.address, "/s").await;
    assert_eq!(
        (reply.status, reply.error_code().as_str()),
        (500, "INVALID_RESPONSE")
    );
    world.stop().await;
}
