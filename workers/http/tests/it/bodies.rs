//! Request bodies: checked, limited, and offered raw on their channel.

use crate::client::{Connection, JSON, ask, get, post};
use crate::world::{Mode, World, in_both_modes};
use iii_kit::{ChannelReader, ChannelRef, Context, HandlerError};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::{Notify, mpsc};

in_both_modes![
    json_is_checked_and_anything_else_is_null,
    bodies_over_the_limit_are_refused_while_the_client_still_sends,
    raw_bodies_are_on_the_channel,
    a_slow_body_times_out,
    chunked_bodies_are_put_together,
    raw_bodies_stream_while_they_arrive,
    a_raw_body_that_breaks_off_is_an_abort,
    a_client_that_pauses_is_given_up,
    forms_are_parsed_and_files_are_channels,
    routes_have_limits_of_their_own,
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
        .request("POST /b", &[JSON, "content-length: 10"], "")
        .await;
    connection.send("abc").await;
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

const RAW: &str = "content-type: application/octet-stream";

fn reader(input: &Value, at: &str, context: &Context) -> ChannelReader {
    let channel = input.pointer(at).unwrap().clone();
    let channel: ChannelRef = serde_json::from_value(channel).unwrap();
    context.client().open_reader(&channel)
}

async fn raw_bodies_stream_while_they_arrive(mode: Mode) {
    let world = World::start(mode, json!({ "body_bytes_max": 1000 })).await;
    let (tell, mut told) = mpsc::channel(1024);
    let config = json!({ "body_bytes_max": 64 << 20 });
    world
        .route_with("POST /up", config, move |input, context| {
            let tell = tell.clone();
            async move {
                let mut reader = reader(&input, "/request_body", &context);
                let mut bytes = 0;
                while let Some(part) = reader.next_binary().await {
                    bytes += part.unwrap().len();
                    let _ = tell.try_send(bytes);
                }
                Ok(Some(json!({ "body": bytes })))
            }
        })
        .await;
    let mut connection = Connection::open(world.address).await;
    let head = ["transfer-encoding: chunked", RAW];
    connection.request("POST /up", &head, "").await;
    connection.send("3\r\nabc\r\n").await;
    // The function has the beginning before the client sends the rest.
    assert_eq!(told.recv().await, Some(3));
    let piece = format!("100000\r\n{}\r\n", "z".repeat(1 << 20));
    for _ in 0..40 {
        connection.send(&piece).await;
    }
    connection.send("0\r\n\r\n").await;
    assert_eq!(connection.reply().await.json(), json!(3 + (40 << 20)));
    world.stop().await;
}

/// Answers with what its body ended with.
async fn ends_with(input: Value, context: Context) -> Output {
    let mut reader = reader(&input, "/request_body", &context);
    match reader.read_all(1 << 24).await {
        Ok(bytes) => Ok(Some(json!({ "body": bytes.len() }))),
        Err(failure) => Err(HandlerError::new("cut_off", failure.to_string())),
    }
}

async fn a_raw_body_that_breaks_off_is_an_abort(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    let (tell, mut told) = mpsc::channel(1);
    world
        .route("POST /up", move |input, context| {
            let tell = tell.clone();
            async move {
                let ended = ends_with(input, context).await;
                tell.send(ended.is_err()).await.unwrap();
                ended
            }
        })
        .await;
    let mut connection = Connection::open(world.address).await;
    let head = ["content-length: 10", RAW];
    connection.request("POST /up", &head, "").await;
    connection.send("abc").await;
    drop(connection);
    assert_eq!(told.recv().await, Some(true));
    // More than is allowed, without saying so beforehand.
    let config = json!({ "body_bytes_max": 10 });
    world.route_with("POST /little", config, ends_with).await;
    let mut connection = Connection::open(world.address).await;
    let head = ["transfer-encoding: chunked", RAW];
    connection.request("POST /little", &head, "").await;
    connection
        .send("8\r\nabcdefgh\r\n8\r\nabcdefgh\r\n0\r\n\r\n")
        .await;
    assert_eq!(connection.reply().await.status, 413);
    let announced = ask(world.address, "POST /little", &[RAW], "more than ten").await;
    assert_eq!(announced.status, 413);
    world.stop().await;
}

async fn a_client_that_pauses_is_given_up(mode: Mode) {
    let world = World::start(mode, json!({ "body_idle_timeout_ms": 50 })).await;
    world.route("POST /up", ends_with).await;
    world.route("POST /b", body).await;
    for (path, kind) in [("/up", RAW), ("/b", JSON)] {
        let mut connection = Connection::open(world.address).await;
        let head = ["content-length: 10", kind];
        connection.request(&format!("POST {path}"), &head, "").await;
        connection.send("abc").await;
        let reply = connection.reply().await;
        assert_eq!(
            (reply.status, reply.error_code().as_str()),
            (408, "REQUEST_TIMEOUT")
        );
    }
    world.stop().await;
}

async fn forms_are_parsed_and_files_are_channels(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    world
        .route("POST /form", |input, context| async move {
            let mut texts = Vec::new();
            for at in 0..input["files"].as_array().unwrap().len() {
                let mut reader = reader(&input, &format!("/files/{at}/body"), &context);
                let bytes = reader.read_all(1 << 24).await.unwrap();
                texts.push(bytes.len());
            }
            let seen = json!([
                input["body"],
                input["form"],
                input["form_all"],
                input["files"]
            ]);
            Ok(Some(json!({ "body": [seen, texts] })))
        })
        .await;
    let kind = &["content-type: application/x-www-form-urlencoded"];
    let reply = ask(world.address, "POST /form", kind, "a=1+2&b=%C3%A9&b=3").await;
    let all = json!({ "a": ["1 2"], "b": ["é", "3"] });
    let seen = json!([[null, { "a": "1 2", "b": "3" }, all, []], []]);
    assert_eq!(reply.json(), seen);

    let large = "x".repeat(2 << 20);
    let text = format!(
        "--B\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nhello\r\n\
         --B\r\nContent-Disposition: form-data; name=\"up\"; filename=\"a.bin\"\r\n\
         Content-Type: image/png\r\n\r\n{large}\r\n\
         --B\r\nContent-Disposition: form-data; name=\"up\"; filename=\"e\"\r\n\r\n\r\n--B--\r\n"
    );
    let kind = &["content-type: multipart/form-data; boundary=B"];
    let reply = ask(world.address, "POST /form", kind, &text).await;
    let got = reply.json();
    assert_eq!(got[1], json!([2 << 20, 0]));
    assert_eq!(got[0][1], json!({ "title": "hello" }));
    let file = &got[0][3][0];
    assert_eq!(
        (&file["name"], &file["filename"]),
        (&json!("up"), &json!("a.bin"))
    );
    assert_eq!(
        (&file["content_type"], &file["size"]),
        (&json!("image/png"), &json!(2 << 20))
    );

    let broken = ask(world.address, "POST /form", kind, "--B\r\n").await;
    assert_eq!(
        (broken.status, broken.error_code().as_str()),
        (400, "INVALID_FORM")
    );
    world.stop().await;
}

async fn routes_have_limits_of_their_own(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    let (tell, mut told) = mpsc::channel(1);
    let go_on = Arc::new(Notify::new());
    let notified = Arc::clone(&go_on);
    let config = json!({
        "accepts": ["application/json", "image/*"], "body_bytes_max": 10, "concurrency_max": 1,
    });
    world
        .route_with("POST /one", config, move |_, _| {
            let (tell, go_on) = (tell.clone(), Arc::clone(&notified));
            async move {
                tell.send(()).await.unwrap();
                go_on.notified().await;
                Ok(Some(json!({})))
            }
        })
        .await;
    world.route("POST /other", body).await;
    let address = world.address;
    let text = ask(address, "POST /one", &["content-type: text/plain"], "hi").await;
    assert_eq!(
        (text.status, text.error_code().as_str()),
        (415, "UNSUPPORTED_MEDIA_TYPE")
    );
    assert_eq!(text.header("accept"), Some("application/json, image/*"));
    let untyped = ask(address, "POST /one", &[], "hi").await;
    assert_eq!(untyped.status, 415);
    let large = post(address, "/one", "\"more than ten\"").await;
    assert_eq!(large.status, 413);
    let mut first = Connection::open(address).await;
    // Without a body there is no type to be wrong.
    first.request("POST /one", &[], "").await;
    told.recv().await.unwrap();
    let busy = post(address, "/one", "{}").await;
    assert_eq!((busy.status, busy.header("retry-after")), (503, Some("1")));
    assert_eq!(
        post(address, "/other", "\"more than ten\"").await.status,
        200
    );
    go_on.notify_one();
    assert_eq!(first.reply().await.status, 200);
    world.stop().await;
}
