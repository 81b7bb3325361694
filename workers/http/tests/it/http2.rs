//! HTTP/2 without TLS: the same requests and answers, and what only this protocol has.

use crate::client::{Connection, get};
use crate::http2_client::{Answer, Http2, next};
use crate::world::{Mode, World, in_both_modes};
use bytes::Bytes;
use futures_util::future::{join_all, poll_fn};
use http::Request;
use iii_kit::ChannelRef;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

in_both_modes![
    both_protocols_share_a_port,
    bodies_stream_both_ways,
    a_client_that_leaves_cancels_its_call,
];

async fn both_protocols_share_a_port(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    world
        .route("POST /echo/:n", |input, _| async move {
            let seen = json!([
                input["path_params"]["n"],
                input["headers"]["host"],
                input["headers"]["cookie"],
                input["body"],
            ]);
            Ok(Some(
                json!({ "status_code": 201, "headers": { "x-a": "b" }, "body": seen }),
            ))
        })
        .await;
    let client = Http2::open(world.address).await;
    let asked = (0..50).map(|n| {
        let request = Request::post(format!("http://a.example:8/echo/{n}"))
            .header("content-type", "application/json")
            .header("cookie", "a=1")
            .header("cookie", "b=2");
        let client = &client;
        async move {
            let (answer, mut body) = client.begin(request.body(()).unwrap(), true).await;
            body.send_data(Bytes::from(n.to_string()), true).unwrap();
            (n, Answer::whole(answer).await)
        }
    });
    for (n, answer) in join_all(asked).await {
        assert_eq!(answer.status, 201);
        assert_eq!(answer.headers["x-a"], "b");
        let seen = json!([n.to_string(), "a.example:8", "a=1; b=2", n]);
        assert_eq!(answer.json(), seen);
    }
    assert_eq!(client.get("http://a/none").await.status, 404);
    assert_eq!(client.get("http://a/echo/1").await.status, 405);
    // An upgrade is a thing of HTTP/1.1.
    assert_eq!(get(world.address, "/none").await.status, 404);
    world.stop().await;
}

fn channel(input: &Value, name: &str) -> ChannelRef {
    serde_json::from_value(input[name].clone()).unwrap()
}

async fn bodies_stream_both_ways(mode: Mode) {
    const PART: usize = 64 << 10;
    const PARTS: usize = 32;
    let world = World::start(mode, json!({})).await;
    world
        .route("POST /back", |input, context| async move {
            let client = context.client();
            let mut reader = client.open_reader(&channel(&input, "request_body"));
            let mut writer = client.open_writer(&channel(&input, "response"));
            let mut sent = 0;
            while let Some(frame) = reader.next().await {
                let Ok(iii_kit::ChannelFrame::Binary(bytes)) = frame else {
                    continue;
                };
                sent += bytes.len();
                writer.write(bytes).await.unwrap();
            }
            assert_eq!(sent, PART * PARTS);
            writer.finish().await.unwrap();
            Ok(None)
        })
        .await;
    let client = Http2::open(world.address).await;
    let request = Request::post("http://a/back").header("content-type", "application/x");
    let (answer, mut body) = client.begin(request.body(()).unwrap(), true).await;
    let sending = async {
        for part in 0..PARTS {
            let mut left = Bytes::from(vec![u8::try_from(part).unwrap(); PART]);
            while !left.is_empty() {
                body.reserve_capacity(left.len());
                let room = poll_fn(|context| body.poll_capacity(context)).await;
                let piece = left.split_to(room.unwrap().unwrap().min(left.len()));
                body.send_data(piece, false).unwrap();
            }
        }
        body.send_data(Bytes::new(), true).unwrap();
    };
    // More than every window together goes round, so this ends only if both sides flow.
    let ((), whole) = tokio::join!(sending, Answer::whole(answer));
    assert_eq!(whole.status, 200);
    assert_eq!(whole.body.len(), PART * PARTS);
    let right = |(at, byte): (usize, &u8)| usize::from(*byte) == at / PART;
    assert!(whole.body.iter().enumerate().all(right));
    world.stop().await;
}

async fn a_client_that_leaves_cancels_its_call(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    let (begun, cancelled) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let tell = (Arc::clone(&begun), Arc::clone(&cancelled));
    world
        .route("GET /wait", move |_, context| {
            let (begun, cancelled) = tell.clone();
            async move {
                begun.notify_one();
                context.cancelled().cancelled().await;
                cancelled.notify_one();
                Ok(None)
            }
        })
        .await;
    let client = Http2::open(world.address).await;
    let request = || Request::get("http://a/wait").body(()).unwrap();
    let (answer, mut stream) = client.begin(request(), false).await;
    begun.notified().await;
    stream.send_reset(h2::Reason::CANCEL);
    cancelled.notified().await;
    drop(answer);
    // The whole connection, too.
    let (_answer, _stream) = client.begin(request(), false).await;
    begun.notified().await;
    client.driver.abort();
    cancelled.notified().await;
    world.stop().await;
}

#[tokio::test]
async fn a_slow_reader_holds_its_own_stream_up_only() {
    let world = World::start(Mode::Memory, json!({})).await;
    world
        .route("GET /endless", |input, context| async move {
            let mut writer = context.client().open_writer(&channel(&input, "response"));
            while writer.write(Bytes::from(vec![1; 16 << 10])).await.is_ok() {}
            Ok(None)
        })
        .await;
    world
        .route("GET /short", |_, _| async {
            Ok(Some(json!({ "body": 1 })))
        })
        .await;
    let client = Http2::open(world.address).await;
    let request = Request::get("http://a/endless").body(()).unwrap();
    let (answer, _) = client.begin(request, false).await;
    let mut endless = answer.await.unwrap().into_body();
    // Nothing is read of it, so that its window closes.
    for _ in 0..20 {
        assert_eq!(client.get("http://a/short").await.body, b"1");
    }
    assert!(next(&mut endless).await.unwrap().is_ok());
    drop(endless);
    world.stop().await;
}

#[tokio::test]
async fn a_preface_in_pieces_is_still_one() {
    let world = World::start(Mode::Memory, json!({})).await;
    let mut socket = TcpStream::connect(world.address).await.unwrap();
    socket.set_nodelay(true).unwrap();
    socket.write_all(b"PRI * HT").await.unwrap();
    let mut other = Connection::open(world.address).await;
    other.request("GET /a", &[], "").await;
    assert_eq!(other.reply().await.status, 404);
    socket.write_all(b"TP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    socket
        .write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0])
        .await
        .unwrap();
    // Settings of the server: a frame of type 4.
    let mut head = [0; 9];
    socket.read_exact(&mut head).await.unwrap();
    assert_eq!((head[3], head[4]), (4, 0));
    // `P` alone may be the beginning of POST.
    let mut one = Connection::open(world.address).await;
    one.send("P").await;
    one.send("OST /a HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n")
        .await;
    assert_eq!(one.reply().await.status, 404);
    world.stop().await;
}

#[tokio::test]
async fn idle_and_half_begun_connections_are_ended() {
    let world = World::start(Mode::Memory, json!({ "header_timeout_ms": 100 })).await;
    world
        .route("GET /a", |_, _| async { Ok(Some(json!({}))) })
        .await;
    let client = Http2::open(world.address).await;
    assert_eq!(client.get("http://a/a").await.status, 200);
    // Told with GOAWAY, not cut off.
    assert!(client.ends().await);
    // Only a preface: whether it is told or not, it ends.
    let mut silent = TcpStream::connect(world.address).await.unwrap();
    silent
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        .await
        .unwrap();
    let mut half = TcpStream::connect(world.address).await.unwrap();
    half.write_all(b"PRI * HTTP/2.0\r\n").await.unwrap();
    let mut rest = Vec::new();
    let _ = silent.read_to_end(&mut rest).await;
    let _ = half.read_to_end(&mut rest).await;
    world.stop().await;
}

#[tokio::test]
async fn a_request_in_progress_keeps_its_connection() {
    let world = World::start(Mode::Memory, json!({ "header_timeout_ms": 50 })).await;
    world
        .route("GET /slow", |_, _| async {
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
            Ok(Some(json!({ "body": "late" })))
        })
        .await;
    let client = Http2::open(world.address).await;
    assert_eq!(client.get("http://a/slow").await.json(), "late");
    world.stop().await;
}

#[tokio::test]
async fn floods_of_resets_and_large_heads_are_refused() {
    let world = World::start(Mode::Memory, json!({ "header_bytes_max": 8192 })).await;
    world
        .route("GET /a", |_, _| async { Ok(Some(json!({}))) })
        .await;
    let client = Http2::open(world.address).await;
    let large = Request::get("http://a/a").header("x-large", "y".repeat(9000));
    let (answer, _) = client.begin(large.body(()).unwrap(), false).await;
    // A client that heeds the settings does not even send it.
    let refused = answer.await;
    assert!(refused.is_err() || refused.is_ok_and(|answer| answer.status() == 431));
    drop(client);

    let mut socket = TcpStream::connect(world.address).await.unwrap();
    let mut flood = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    flood.extend([0, 0, 0, 4, 0, 0, 0, 0, 0]);
    for stream in (1_u32..2_000).step_by(2) {
        // GET / with `:authority: a`, by indexes of the static table, then RST_STREAM.
        flood.extend([0, 0, 6, 1, 5]);
        flood.extend(stream.to_be_bytes());
        flood.extend([0x82, 0x84, 0x86, 0x41, 1, b'a']);
        flood.extend([0, 0, 4, 3, 0]);
        flood.extend(stream.to_be_bytes());
        flood.extend([0, 0, 0, 8]);
    }
    socket.write_all(&flood).await.unwrap();
    let mut said = Vec::new();
    let _ = socket.read_to_end(&mut said).await;
    // The last frame is GOAWAY with the reason ENHANCE_YOUR_CALM.
    let farewell = said.windows(9).rposition(|frame| frame[3] == 7).unwrap();
    assert_eq!(said[farewell + 13..farewell + 17], [0, 0, 0, 11]);
    assert_eq!(get(world.address, "/a").await.status, 200);
    world.stop().await;
}
