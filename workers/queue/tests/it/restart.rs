//! What a worker finds that begins with the store of another one.

use crate::world::{Stores, bind, call, code, enqueue, offer, send, until};
use iii_testkit::{Bench, Mode};
use serde_json::{Value, json};
use std::time::Duration;

async fn start(stores: &Stores, config: Value) -> Bench {
    Bench::start(Mode::InProcess, stores.worker(config)).await
}

#[tokio::test]
async fn everything_acknowledged_is_there_after_a_restart() {
    let stores = Stores::new();
    let fifo = json!({ "queue_configs": { "work": { "type": "fifo" }, "other": {} } });
    let bench = start(&stores, fifo.clone()).await;
    let mut calls = offer(&bench, "tests::work").await;
    for n in 0..3 {
        enqueue(&bench, "work", json!(n), json!({})).await;
    }
    let running = calls.next().await;
    assert_eq!(running.data, 0);
    let late = json!({ "delay_ms": 60_000 });
    let late = enqueue(&bench, "other", json!("late"), late).await;
    let once = json!({ "idempotency_key": "once" });
    call(&bench, "queue::pause", json!({ "queue": "other" })).await;
    let first = send(&bench, "other", json!("once"), once.clone()).await;
    call(
        &bench,
        "queue::define",
        json!({ "queue": "live", "concurrency": 7 }),
    )
    .await;
    let config = json!({ "topic": "orders" });
    bind(&bench, "durable:subscriber", "tests::sub", config.clone()).await;
    let handling = running;
    bench.stop_worker_first().await;

    let bench = start(&stores, fifo).await;
    drop(handling);
    let mut calls = offer(&bench, "tests::work").await;
    // What was being handled is handed over again, and first.
    for n in 0..3 {
        let call = calls.next().await;
        assert_eq!((&call.data, call.attempt), (&json!(n), 1));
        call.succeed(Value::Null);
    }
    until(&bench, "work", "depth", 0).await;
    let other = until(&bench, "other", "depth", 2).await;
    assert_eq!(
        (&other["paused"], &other["delayed"]),
        (&json!(true), &json!(1))
    );
    let again = send(&bench, "other", json!("once"), once).await;
    assert_eq!(again["messageReceiptId"], first["messageReceiptId"]);
    call(&bench, "queue::resume", json!({ "queue": "other" })).await;
    assert_eq!(calls.done().await, "once");
    let state = call(&bench, "queue::get", json!({ "message_id": late })).await;
    assert_eq!(state["state"], "delayed");
    stores.clock.advance(Duration::from_secs(60));
    assert_eq!(calls.done().await, "late");
    let live = call(&bench, "queue::inspect", json!({ "queue": "live" })).await;
    assert_eq!(live["settings"]["concurrency"], 7);
    // A subscription lasts though nothing is bound to it yet.
    let input = json!({ "topic": "orders", "data": 5 });
    call(&bench, "iii::durable::publish", input).await;
    until(&bench, "orders::tests::sub@default", "depth", 1).await;
    bench.stop().await;
}

#[tokio::test]
async fn a_queue_that_is_declared_no_more_takes_nothing_and_keeps_what_it_has() {
    let stores = Stores::new();
    let bench = start(&stores, json!({ "queue_configs": { "work": {} } })).await;
    enqueue(&bench, "work", json!(1), json!({})).await;
    bench.stop().await;
    let bench = start(&stores, json!({})).await;
    let more = json!({ "queue": "work", "function_id": "tests::work", "data": 2 });
    assert_eq!(
        code(&bench, "engine::queue::enqueue", more).await,
        "queue_not_found"
    );
    let mut calls = offer(&bench, "tests::work").await;
    assert_eq!(calls.done().await, 1);
    bench.stop().await;
}

#[tokio::test]
async fn message_ids_are_never_used_twice() {
    let stores = Stores::new();
    let mut ids = std::collections::BTreeSet::new();
    for _ in 0..3 {
        let bench = start(&stores, json!({})).await;
        let mut calls = offer(&bench, "tests::work").await;
        let id = enqueue(&bench, "default", json!(1), json!({})).await;
        assert!(ids.insert(id), "{ids:?}");
        calls.done().await;
        until(&bench, "default", "depth", 0).await;
        bench.stop().await;
    }
}
