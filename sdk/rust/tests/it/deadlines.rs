//! Calls end in time, wherever they are when the engine goes away, and however it goes.

use crate::support::{Engine, Peer};
use iii_kit::serde_json::Value;
use iii_kit::{Client, Error, Limits, TriggerRequest};
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::task::{JoinSet, yield_now};
use tokio::time::Instant;

const TIMEOUT: Duration = Duration::from_secs(3);
/// What a call may last beyond its timeout: the engine is to answer late calls itself.
const SLACK: Duration = Duration::from_millis(1100);
/// More than the link may have queued, and than the way to the engine takes.
const LARGE: usize = 48 << 20;

type Ended = (Result<Value, Error>, Duration);

/// A call that says how it ended, and after how long.
async fn call(client: Client, size: usize) -> Ended {
    let began = Instant::now();
    let request = TriggerRequest::new("f", "x".repeat(size)).timeout(TIMEOUT);
    let answer = client.trigger::<_, Value>(request).await;
    (answer, began.elapsed())
}

/// A client whose engine does not read any more and whose connection takes nothing on.
async fn jammed(engine: &Engine) -> (Client, Peer, JoinSet<Ended>) {
    let (client, peer) = engine.connected().await;
    let mut calls = JoinSet::new();
    calls.spawn(call(client.clone(), LARGE));
    for _ in 0..16 {
        yield_now().await;
    }
    (client, peer, calls)
}

async fn all_end_in_time(calls: JoinSet<Ended>, how: impl Fn(&Error) -> bool) {
    for (answer, took) in calls.join_all().await {
        let error = answer.unwrap_err();
        assert!(took <= TIMEOUT + SLACK, "after {took:?}: {error}");
        assert!(how(&error), "{error}");
    }
}

fn is_timeout(error: &Error) -> bool {
    matches!(error, Error::Timeout { .. })
}

#[tokio::test(start_paused = true)]
async fn before_the_first_connection() {
    let engine = Engine::new();
    engine.dial.unreachable.store(usize::MAX, Ordering::SeqCst);
    let client = engine.client();
    let calls = (0..10).map(|_| call(client.clone(), 1)).collect();
    all_end_in_time(calls, is_timeout).await;
}

#[tokio::test(start_paused = true)]
async fn while_the_engine_does_not_greet() {
    let engine = Engine::new();
    let client = engine.client();
    let _silent = engine.accept().await;
    let calls = (0..10).map(|_| call(client.clone(), 1)).collect();
    all_end_in_time(calls, is_timeout).await;
}

#[tokio::test(start_paused = true)]
async fn sent_and_never_answered() {
    let engine = Engine::new();
    let (client, _silent) = engine.connected().await;
    let calls = (0..10).map(|_| call(client.clone(), 1)).collect();
    all_end_in_time(calls, is_timeout).await;
}

#[tokio::test(start_paused = true)]
async fn sent_when_the_engine_dies() {
    let engine = Engine::new();
    let (client, peer) = engine.connected().await;
    engine.dial.unreachable.store(usize::MAX, Ordering::SeqCst);
    let mut calls: JoinSet<Ended> = (0..10).map(|_| call(client.clone(), 1)).collect();
    yield_now().await;
    drop(peer);
    for _ in 0..10 {
        calls.spawn(call(client.clone(), 1));
        yield_now().await;
    }
    all_end_in_time(calls, |error| {
        is_timeout(error) || *error == Error::ConnectionLost
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn behind_more_than_the_connection_takes() {
    let engine = Engine::new();
    let (client, _stuck, mut calls) = jammed(&engine).await;
    for _ in 0..200 {
        calls.spawn(call(client.clone(), 1));
    }
    all_end_in_time(calls, is_timeout).await;
}

#[tokio::test(start_paused = true)]
async fn behind_more_than_the_connection_takes_when_the_engine_dies() {
    let engine = Engine::new();
    let (client, stuck, mut calls) = jammed(&engine).await;
    for _ in 0..200 {
        calls.spawn(call(client.clone(), 1));
    }
    yield_now().await;
    engine.dial.unreachable.store(usize::MAX, Ordering::SeqCst);
    drop(stuck);
    all_end_in_time(calls, |error| {
        is_timeout(error) || *error == Error::ConnectionLost
    })
    .await;
}

/// What was put aside meanwhile goes out in order, once there is room again.
#[tokio::test(start_paused = true)]
async fn a_connection_that_takes_again_gets_what_waited() {
    let engine = Engine::new();
    let limits = Limits {
        offline_calls_max: 3,
        ..Limits::default()
    };
    let client = engine.client_with(limits);
    let mut peer = engine.welcome().await;
    client.wait_connected().await.unwrap();
    let mut calls = JoinSet::new();
    calls.spawn(call(client.clone(), LARGE));
    for _ in 0..16 {
        yield_now().await;
    }
    for size in 1..=50 {
        calls.spawn(call(client.clone(), size));
        yield_now().await;
    }
    for size in std::iter::once(LARGE).chain(1..=50) {
        let got = peer.invoke().await;
        assert_eq!(got.data.as_ref().map(iii_kit::Payload::len), Some(size + 2));
        peer.answer(&got, "null").await;
    }
    for (answer, _) in calls.join_all().await {
        assert_eq!(answer, Ok(Value::Null));
    }
}
