//! Request bodies: checked, limited, and offered raw on their channel.

use crate::client::{Connection, JSON, ask, get, post};
use crate::world::{Mode, World, in_both_modes};
use iii_kit::{ChannelRef, Context, HandlerError};
use serde_json::{Value, json};

in_both_modes![
    json_is_checked_and_anything_else_is_null,
    bodies_over_the_limit_are_refused_while_the_client_still_sends,
    raw_bodies_are_on_the_channel,
    a_slow_body_times_out,
    chunked_bodies_are_put_together,
];

type Output = Result<Option<Value>, HandlerError>;

async fn body(input: Value, _: Context) -> Output {
    Ok(Some(json!({ "body": input["body"] })))
}

/// Answers what the channel carries, and what `body` was.
async fn read_channel(input: Value, context: Context) -> Output {
    let channel: ChannelRef = serde_json::from_value(input["request_body"].clone())?;
    let mut reader = context.client().open_reader(&channel);
    let bytes = reader
        .read_all(1 << 24)
        .await
        .map_err(|error| HandlerError::failed(error.to_string()))?;
    let text = String::from_utf8_lossy(&bytes);
    let shown = if text.len() > 100 {
        text.len().to_string()
    } else {
        text.into_owned()
    };
    Ok(Some(json!({ "body": [shown, input["body"]] })))
}

async fn json_is_checked_and_anything_else_is_null(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    world.route("POST /b", body).await;
    let address = world.address;
    assert_eq!(
        post(address, "/b", "{\"n\":1.5}").await.text(),
        "{\"n\":1.5}"
    );
    assert_eq!(post(address, "/b", "[1,2]").await.text(), "[1,2]");
    assert_eq!(post(address, "/b", "").await.text(), "null");
    let text = ask(address, "POST /b", &["content-type: text/plain"], "hello").await;
    assert_eq!(text.text(), "null");
    for (text, place) in [
        ("{\"a\":}", "byte 5"),
        ("nope", "byte"),
        ("{} {}", "byte 3"),
    ] {
        let bad = post(address, "/b", text).await;
        assert_eq!(
            (bad.status, bad.error_code().as_str()),
            (400, "INVALID_JSON")
        );
        assert!(bad.text().contains(place), "{}", bad.text());
    }
    let deep = format!("{}{}", "[".repeat(600), "]".repeat(600));
    assert_eq!(post(address, "/b", &deep).await.status, 400);
    world.stop().await;
}

async fn bodies_over_the_limit_are_refused_while_the_client_still_sends(mode: Mode) {
    let world = World::start(mode, json!({ "body_bytes_max": 1000 })).await;
    world.route("POST /b", body).await;
    let large = format!("\"{}\"", "x".repeat(999));
    let reply = post(world.address, "/b", &large).await;
    assert_eq!(
        (reply.status, reply.error_code().as_str()),
        (413, "PAYLOAD_TOO_LARGE")
    );
    assert_eq!(post(world.address, "/b", &large[3..]).await.status, 400);

    // Without a length, and with far more than any socket buffer holds.
    let mut connection = Connection::open(world.address).await;
    connection
        .request("POST /b", &[JSON, "transfer-encoding: chunked"], "")
        .await;
    let piece = format!("10000\r\n{}\r\n", "y".repeat(0x10000));
    for _ in 0..320 {
        connection.send(&piece).await;
    }
    connection.send("0\r\n\r\n").await;
    assert_eq!(connection.reply().await.status, 413);
    world.stop().await;
}

async fn raw_bodies_are_on_the_channel(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    world.route("POST /r", read_channel).await;
    world.route("GET /r", read_channel).await;
    let plain = &["content-type: text/plain"];
    let text = ask(world.address, "POST /r", plain, "raw text").await;
    assert_eq!(text.json(), json!(["raw text", null]));
    // Larger than a channel buffers.
    let large = "z".repeat(6 << 20);
    let reply = ask(world.address, "POST /r", plain, &large).await;
    assert_eq!(reply.json(), json!([large.len().to_string(), null]));
    // JSON is on the channel too, as it was sent.
    let json = post(world.address, "/r", "{ \"a\": 1 }").await;
    assert_eq!(json.json(), json!(["{ \"a\": 1 }", { "a": 1 }]));
    assert_eq!(get(world.address, "/r").await.json(), json!(["", null]));
    world.stop().await;
}

async fn a_slow_body_times_out(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    world
        .route_with("POST /b", json!({ "timeout_ms": 50 }), body)
        .await;
    let mut connection = Connection::open(world.address).await;
    connection
        .send("POST /b HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nabc")
        .await;
    let reply = connection.reply().await;
    assert_eq!(
        (reply.status, reply.error_code().as_str()),
        (408, "REQUEST_TIMEOUT")
    );
    world.stop().await;
}

async fn chunked_bodies_are_put_together(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    world.route("POST /b", body).await;
    let mut connection = Connection::open(world.address).await;
    connection
        .request("POST /b", &[JSON, "transfer-encoding: chunked"], "")
        .await;
    for part in ["3\r\n{\"a\r\n", "4\r\n\":1}\r\n", "0\r\n\r\n"] {
        connection.send(part).await;
    }
    assert_eq!(connection.reply().await.json(), json!({ "a": 1 }));
    world.stop().await;
}
