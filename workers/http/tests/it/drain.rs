//! How requests end when the worker stops.

use crate::client::{Connection, refused};
use crate::http2_client::{Answer, Http2, next};
use crate::world::{Mode, World, in_both_modes};
use bytes::Bytes;
use http::Request;
use iii_kit::ChannelRef;
use serde_json::json;
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc};

in_both_modes![
    requests_of_both_protocols_finish,
    streams_are_cut_at_the_limit
];

async fn requests_of_both_protocols_finish(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    let (tell, mut told) = mpsc::channel(4);
    let go_on = Arc::new(Semaphore::new(0));
    let permits = Arc::clone(&go_on);
    world
        .route("GET /slow", move |_, _| {
            let (tell, go_on) = (tell.clone(), Arc::clone(&permits));
            async move {
                tell.send(()).await.unwrap();
                go_on.acquire().await.unwrap().forget();
                Ok(Some(json!({ "body": "done" })))
            }
        })
        .await;
    let address = world.address;
    let idle = Http2::open(address).await;
    assert_eq!(idle.get("http://a/none").await.status, 404);
    let mut one = Connection::open(address).await;
    one.request("GET /slow", &[], "").await;
    told.recv().await.unwrap();
    let two = Http2::open(address).await;
    let request = || Request::get("http://a/slow").body(()).unwrap();
    let (first, _) = two.begin(request(), false).await;
    let (second, _) = two.begin(request(), false).await;
    for _ in 0..2 {
        told.recv().await.unwrap();
    }
    let clients = async {
        // Who has nothing to do is told and goes first.
        assert!(idle.ends().await);
        refused(address).await;
        go_on.add_permits(3);
        let reply = one.reply().await;
        assert_eq!(reply.header("connection"), Some("close"));
        assert_eq!(reply.text(), "\"done\"");
        for answer in [first, second] {
            assert_eq!(Answer::whole(answer).await.json(), "done");
        }
        assert!(two.ends().await);
    };
    tokio::join!(world.stop(), clients);
}

async fn streams_are_cut_at_the_limit(mode: Mode) {
    let world = World::start(mode, json!({ "drain_timeout_ms": 100 })).await;
    world
        .route("GET /endless", |input, context| async move {
            let channel: ChannelRef = serde_json::from_value(input["response"].clone())?;
            let mut writer = context.client().open_writer(&channel);
            writer.write(Bytes::from_static(b"first")).await.unwrap();
            context.cancelled().cancelled().await;
            Ok(None)
        })
        .await;
    let mut one = Connection::open(world.address).await;
    one.request("GET /endless", &[], "").await;
    assert_eq!(one.head().await.status, 200);
    let mut complete = true;
    assert_eq!(one.chunk(&mut complete).await.unwrap(), b"first");
    let two = Http2::open(world.address).await;
    let request = Request::get("http://a/endless").body(()).unwrap();
    let (answer, _) = two.begin(request, false).await;
    let mut body = answer.await.unwrap().into_body();
    assert_eq!(next(&mut body).await.unwrap().unwrap(), "first");
    world.stop().await;
    assert_eq!(one.chunk(&mut complete).await, None);
    assert!(!complete);
    assert!(matches!(next(&mut body).await, Some(Err(_))));
}
