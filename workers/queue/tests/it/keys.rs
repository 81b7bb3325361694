//! Messages of which there is to be only one.

use crate::world::{call, enqueue, offer, send, until, with_queues};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn a_repeated_enqueue_is_answered_like_the_first_with_its_result() {
    with_queues(json!({ "work": {} }), async |bench, clock| {
        let mut calls = offer(bench, "tests::work").await;
        let options = json!({ "idempotency_key": "k", "idempotency_window_ms": 60_000 });
        let first = send(bench, "work", json!(1), options.clone()).await;
        let running = calls.next().await;
        let second = send(bench, "work", json!(2), options.clone()).await;
        assert_eq!(second["messageReceiptId"], first["messageReceiptId"]);
        assert_eq!(
            (&second["duplicate"], &second["done"]),
            (&json!(true), &json!(false))
        );
        running.succeed(json!({ "charged": 42 }));
        until(bench, "work", "depth", 0).await;
        let third = send(bench, "work", json!(3), options.clone()).await;
        assert_eq!(
            (&third["done"], &third["result"]["charged"]),
            (&json!(true), &json!(42))
        );
        let got = json!({ "message_id": first["messageReceiptId"] });
        let got = call(bench, "queue::get", got).await;
        assert_eq!(
            (&got["state"], &got["result"]["charged"]),
            (&json!("done"), &json!(42))
        );
        clock.advance(Duration::from_secs(60));
        let fourth = send(bench, "work", json!(4), options).await;
        assert_ne!(
            fourth["messageReceiptId"], first["messageReceiptId"],
            "the window is over"
        );
        assert_eq!(calls.done().await, 4);
    })
    .await;
}

#[tokio::test]
async fn a_singleton_is_alone_until_it_is_done() {
    with_queues(json!({ "work": {} }), async |bench, _| {
        let mut calls = offer(bench, "tests::work").await;
        let options = json!({ "singleton": "sync" });
        let first = enqueue(bench, "work", json!(1), options.clone()).await;
        let running = calls.next().await;
        assert_eq!(
            enqueue(bench, "work", json!(2), options.clone()).await,
            first
        );
        running.succeed(Value::Null);
        until(bench, "work", "depth", 0).await;
        assert_ne!(enqueue(bench, "work", json!(3), options).await, first);
        assert_eq!(calls.done().await, 3);
    })
    .await;
}

#[tokio::test]
async fn of_a_burst_only_the_last_is_handed_over_and_not_too_late() {
    with_queues(json!({ "work": {} }), async |bench, clock| {
        let mut calls = offer(bench, "tests::work").await;
        let debounce = json!({ "debounce": { "key": "d", "ms": 1000, "max_wait_ms": 2500 } });
        for n in 1..=3 {
            enqueue(bench, "work", json!(n), debounce.clone()).await;
            clock.advance(Duration::from_millis(800));
        }
        // The third came at 1,600 and would wait until 2,600; the burst ends at 2,500.
        until(bench, "work", "delayed", 1).await;
        clock.advance(Duration::from_millis(100));
        assert_eq!(calls.done().await, 3);
        until(bench, "work", "depth", 0).await;
        enqueue(bench, "work", json!(4), debounce).await;
        clock.advance(Duration::from_secs(1));
        assert_eq!(calls.done().await, 4, "a new burst");
    })
    .await;
}

#[tokio::test]
async fn of_a_period_only_the_first_is_taken() {
    with_queues(json!({ "work": {} }), async |bench, clock| {
        let mut calls = offer(bench, "tests::work").await;
        let throttle = json!({ "throttle": { "key": "t", "ms": 1000 } });
        let first = send(bench, "work", json!(1), throttle.clone()).await;
        assert_eq!(calls.done().await, 1);
        until(bench, "work", "depth", 0).await;
        let second = send(bench, "work", json!(2), throttle.clone()).await;
        assert_eq!(second["messageReceiptId"], first["messageReceiptId"]);
        assert_eq!(second["duplicate"], true);
        clock.advance(Duration::from_secs(1));
        send(bench, "work", json!(3), throttle).await;
        assert_eq!(calls.done().await, 3);
    })
    .await;
}
