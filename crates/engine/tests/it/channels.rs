//! Channels: both ends, both ways to end, and who may attach.

use crate::raw::{Raw, Received, World};
use iii_protocol::Limits;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

const ID: &str = "b046f3c1-0d2e-4f5a-8b6c-7d8e9fa0b1c2";
const BINARY: u8 = 2;
const CLOSE: u8 = 8;

async fn create(world: &World) -> Value {
    let mut raw = world.worker("maker").await;
    raw.call(ID, "engine::channels::create", json!({})).await;
    raw.answer(ID).await["result"].clone()
}

fn path(end: &Value) -> String {
    let part = |name: &str| end[name].as_str().unwrap();
    let (id, key) = (part("channel_id"), part("access_key"));
    format!("/ws/channels/{id}?key={key}&dir={}", part("direction"))
}

#[tokio::test]
async fn frames_arrive_in_order_and_the_end_is_the_writers() {
    let world = World::start(Limits::DEFAULT);
    let channel = create(&world).await;
    let mut writer = Raw::upgrade(world.address(), &path(&channel["writer"]))
        .await
        .unwrap();
    writer.text(r#"{"a":1}"#).await;
    for n in 0..200u8 {
        writer.frame(BINARY, &[n; 1000]).await;
    }
    writer.frame(CLOSE, &[]).await;
    let mut reader = Raw::upgrade(world.address(), &path(&channel["reader"]))
        .await
        .unwrap();
    assert_eq!(reader.receive().await, Received::Message(json!({"a": 1})));
    for n in 0..200u8 {
        assert_eq!(reader.receive().await, Received::Binary(vec![n; 1000]));
    }
    assert!(matches!(
        reader.receive().await,
        Received::Closed(None | Some(1000))
    ));
}

#[tokio::test]
async fn a_writer_that_vanishes_is_an_abort() {
    let world = World::start(Limits::DEFAULT);
    let channel = create(&world).await;
    let mut writer = Raw::upgrade(world.address(), &path(&channel["writer"]))
        .await
        .unwrap();
    let mut reader = Raw::upgrade(world.address(), &path(&channel["reader"]))
        .await
        .unwrap();
    writer.frame(BINARY, b"half").await;
    assert_eq!(reader.receive().await, Received::Binary(b"half".to_vec()));
    writer.stream.shutdown().await.unwrap();
    assert_eq!(reader.receive().await, Received::Closed(Some(4001)));
}

#[tokio::test]
async fn a_reader_that_leaves_is_told_to_the_writer() {
    let world = World::start(Limits::DEFAULT);
    let channel = create(&world).await;
    let mut writer = Raw::upgrade(world.address(), &path(&channel["writer"]))
        .await
        .unwrap();
    let reader = Raw::upgrade(world.address(), &path(&channel["reader"]))
        .await
        .unwrap();
    drop(reader);
    assert_eq!(writer.receive().await, Received::Closed(Some(4002)));
}

#[tokio::test]
async fn a_reference_is_good_for_one_end_once() {
    let world = World::start(Limits::DEFAULT);
    let channel = create(&world).await;
    let forged = path(&channel["writer"]).replace("key=", "key=0");
    let crossed = path(&channel["writer"]).replace("dir=write", "dir=read");
    for wrong in [
        forged,
        crossed,
        "/ws/channels/nope?key=k&dir=read".to_owned(),
    ] {
        let refused = Raw::upgrade(world.address(), &wrong).await.err().unwrap();
        assert!(refused.starts_with("HTTP/1.1 404"), "{wrong}: {refused}");
        assert!(refused.ends_with("Channel not found"), "{refused}");
    }
    let _writer = Raw::upgrade(world.address(), &path(&channel["writer"]))
        .await
        .unwrap();
    let again = Raw::upgrade(world.address(), &path(&channel["writer"]))
        .await
        .err()
        .unwrap();
    assert!(again.starts_with("HTTP/1.1 404"), "{again}");
}

#[tokio::test]
async fn an_end_that_waits_too_long_is_aborted() {
    let limits = Limits {
        channel_ttl_ms: 150,
        ..Limits::DEFAULT
    };
    let world = World::start(limits);
    let channel = create(&world).await;
    let mut reader = Raw::upgrade(world.address(), &path(&channel["reader"]))
        .await
        .unwrap();
    assert_eq!(reader.receive().await, Received::Closed(Some(4003)));
    let late = Raw::upgrade(world.address(), &path(&channel["writer"]))
        .await
        .err()
        .unwrap();
    assert!(late.starts_with("HTTP/1.1 404"), "{late}");
}
