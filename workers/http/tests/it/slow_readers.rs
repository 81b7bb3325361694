//! Clients that do not read, or not fast: what they cost, and whom they must not hurt.

use crate::client::Connection;
use crate::http2_client::{Http2, next};
use crate::world::{Mode, World, in_both_modes};
use bytes::Bytes;
use http::Request;
use iii_kit::ChannelRef;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

in_both_modes![
    who_stops_reading_is_given_up,
    who_stops_reading_one_answer_keeps_the_others,
];

/// A world with a route that writes until it is stopped, which is told.
async fn endless(mode: Mode) -> (World, mpsc::Receiver<()>) {
    let world = World::start(mode, json!({ "write_idle_timeout_ms": 200 })).await;
    let (tell, told) = mpsc::channel(4);
    world
        .route("GET /endless", move |input: Value, context| {
            let tell = tell.clone();
            async move {
                let channel: ChannelRef = serde_json::from_value(input["response"].clone())?;
                let mut writer = context.client().open_writer(&channel);
                let part = Bytes::from(vec![7; 64 << 10]);
                while writer.write(part.clone()).await.is_ok() {}
                tell.send(()).await.unwrap();
                Ok(None)
            }
        })
        .await;
    world
        .route("GET /other", |_, _| async {
            Ok(Some(json!({ "body": "served" })))
        })
        .await;
    (world, told)
}

async fn who_stops_reading_is_given_up(mode: Mode) {
    let (world, mut told) = endless(mode).await;
    let mut client = Connection::open(world.address).await;
    client.request("GET /endless", &[], "").await;
    assert_eq!(client.head().await.status, 200);
    told.recv().await.unwrap();
    world.stop().await;
}

async fn who_stops_reading_one_answer_keeps_the_others(mode: Mode) {
    let (world, mut told) = endless(mode).await;
    let client = Http2::open(world.address).await;
    let request = Request::get("http://a/endless").body(()).unwrap();
    let (answer, _) = client.begin(request, false).await;
    let mut body = answer.await.unwrap().into_body();
    told.recv().await.unwrap();
    assert_eq!(client.get("http://a/other").await.json(), "served");
    // What was on its way comes, and then the end, which is none of the answer's own.
    let ended = loop {
        match next(&mut body).await {
            Some(Ok(_)) => {}
            ended => break ended,
        }
    };
    assert!(matches!(ended, Some(Err(_))), "{ended:?}");
    world.stop().await;
}

#[tokio::test]
async fn who_reads_slowly_gets_everything() {
    const SIZE: usize = 2 << 20;
    let world = World::start(Mode::Memory, json!({ "header_timeout_ms": 100 })).await;
    let text = "x".repeat(SIZE);
    world
        .route("GET /much", move |_, _| {
            std::future::ready(Ok(Some(json!({ "body": text }))))
        })
        .await;
    let client = Http2::open(world.address).await;
    let request = Request::get("http://a/much").body(()).unwrap();
    let (answer, _) = client.begin(request, false).await;
    let mut body = answer.await.unwrap().into_body();
    // The client takes what it has room for, and then nothing for longer than an idle connection
    // lasts: twice that time, and a second to say farewell.
    let mut size = 0;
    while let Ok(part) = timeout(Duration::from_millis(1500), body.data()).await {
        size += part.unwrap().unwrap().len();
    }
    assert!(0 < size && size < SIZE, "{size}");
    body.flow_control().release_capacity(size).unwrap();
    while let Some(part) = next(&mut body).await {
        size += part.unwrap().len();
    }
    assert_eq!(size, SIZE + 2);
    world.stop().await;
}
