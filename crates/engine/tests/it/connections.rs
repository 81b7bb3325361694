//! Connections that say nothing, never finish, or never read.

use crate::raw::{PATIENCE, Raw, Received, World};
use iii_protocol::Limits;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test]
async fn a_handshake_that_never_ends_is_closed() {
    let limits = Limits {
        handshake_timeout_ms: 100,
        ..Limits::DEFAULT
    };
    let world = World::start(limits);
    let mut stream = TcpStream::connect(world.address()).await.unwrap();
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: loc")
        .await
        .unwrap();
    let mut rest = Vec::new();
    let closed = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
    assert_eq!(closed.unwrap().unwrap(), 0);
}

#[tokio::test]
async fn a_silent_peer_is_pinged_and_then_let_go() {
    let limits = Limits {
        heartbeat_ms: 40,
        ..Limits::DEFAULT
    };
    let world = World::start(limits);
    let mut raw = Raw::connect(world.address(), "/").await;
    // This client never answers pings.
    assert!(matches!(raw.receive().await, Received::Closed(_)));
}

#[tokio::test]
async fn many_silent_connections_hurt_nobody() {
    const MANY: usize = 2_000;
    rlimit::increase_nofile_limit(u64::MAX).unwrap();
    let limit = usize::try_from(rlimit::getrlimit(rlimit::Resource::NOFILE).unwrap().0).unwrap();
    let many = MANY.min(limit.saturating_sub(200) / 2);
    let world = World::start(Limits::DEFAULT);
    let mut silent = Vec::with_capacity(many);
    for _ in 0..many {
        silent.push(TcpStream::connect(world.address()).await.unwrap());
    }
    let mut worker = world.serving("worker", "f").await;
    let mut caller = world.worker("caller").await;
    let id = "b046f3c1-0d2e-4f5a-8b6c-7d8e9fa0b1c2";
    caller.call(id, "f", json!(1)).await;
    let call = worker.invocation().await;
    worker.reply(&call, json!(2)).await;
    assert_eq!(caller.answer(id).await["result"], 2);
}

#[tokio::test]
async fn connections_beyond_the_limit_are_refused() {
    let limits = Limits {
        connections_max: 2,
        ..Limits::DEFAULT
    };
    let world = World::start(limits);
    let mut one = world.worker("one").await;
    let mut two = world.worker("two").await;
    let refused = async { Raw::upgrade(world.address(), "/").await.err() };
    let refused = tokio::time::timeout(PATIENCE, refused).await.unwrap();
    assert_eq!(
        refused.as_deref(),
        Some(""),
        "the socket is closed without a word"
    );
    one.barrier().await;
    two.barrier().await;
}

/// Calls to a worker that does not read are refused, and then it is cut off; another is not hurt.
#[tokio::test]
async fn a_worker_that_never_reads_is_cut_off() {
    let limits = Limits {
        outbox_high_bytes: 256 << 10,
        outbox_bytes_max: 1 << 20,
        ..Limits::DEFAULT
    };
    let world = World::start(limits);
    let _deaf = world.serving("deaf", "deaf").await;
    let mut worker = world.serving("worker", "f").await;
    let mut caller = world.worker("caller").await;
    let pad = "x".repeat(200 << 10);
    let mut overloaded = false;
    for n in 0..200u32 {
        let id = format!("00000000-0000-4000-8000-{n:012x}");
        let mut call = json!({"type": "invokefunction", "invocation_id": id, "timeout_ms": 20});
        call["function_id"] = json!("deaf");
        call["data"] = json!(pad);
        caller.send(&call).await;
        let answer = caller.answer(&id).await;
        let code = answer["error"]["code"].as_str().unwrap().to_owned();
        overloaded |= code == "overloaded";
        if overloaded {
            break;
        }
        assert_eq!(code, "TIMEOUT");
    }
    assert!(
        overloaded,
        "calls to a worker that does not read are refused in the end"
    );
    let id = "b046f3c1-0d2e-4f5a-8b6c-7d8e9fa0b1c2";
    caller.call(id, "f", json!(1)).await;
    let call = worker.invocation().await;
    worker.reply(&call, json!(2)).await;
    assert_eq!(caller.answer(id).await["result"], 2);
}
