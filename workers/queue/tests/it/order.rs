//! What comes first.

use crate::world::{call, enqueue, offer, until, with_queues};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn a_group_keeps_its_order_through_retries_while_others_go_on() {
    let queue = json!({ "work": {
        "type": "fifo", "message_group_field": "order", "backoff_ms": 1000, "jitter": "none",
    } });
    with_queues(queue, async |bench, clock| {
        let mut calls = offer(bench, "tests::work").await;
        for n in 1..=3 {
            enqueue(bench, "work", json!({ "order": "a", "n": n }), json!({})).await;
        }
        let first = calls.next().await;
        assert_eq!(first.data["n"], 1);
        enqueue(bench, "work", json!({ "order": "b", "n": 9 }), json!({})).await;
        assert_eq!(calls.done().await["n"], 9, "another group does not wait");
        until(bench, "work", "depth", 3).await;
        assert!(calls.ready().is_none(), "the group waits for its first");
        first.fail("boom");
        until(bench, "work", "running", 0).await;
        assert!(calls.ready().is_none(), "the group waits for the retry");
        clock.advance(Duration::from_secs(1));
        let retry = calls.next().await;
        assert_eq!((&retry.data["n"], retry.attempt), (&json!(1), 2));
        retry.succeed(Value::Null);
        assert_eq!(calls.done().await["n"], 2);
        assert_eq!(calls.done().await["n"], 3);
        until(bench, "work", "depth", 0).await;
    })
    .await;
}

#[tokio::test]
async fn urgent_messages_pass_others_and_delayed_ones_wait() {
    with_queues(
        json!({ "work": { "concurrency": 1 } }),
        async |bench, clock| {
            call(bench, "queue::pause", json!({ "queue": "work" })).await;
            enqueue(bench, "work", json!("low"), json!({})).await;
            enqueue(bench, "work", json!("late"), json!({ "delay_ms": 5000 })).await;
            enqueue(bench, "work", json!("at"), json!({ "run_at": 1_002_000 })).await;
            enqueue(bench, "work", json!("high"), json!({ "priority": 9 })).await;
            enqueue(bench, "work", json!("low 2"), json!({})).await;
            let mut calls = offer(bench, "tests::work").await;
            call(bench, "queue::resume", json!({ "queue": "work" })).await;
            for expected in ["high", "low", "low 2"] {
                assert_eq!(calls.done().await, expected);
            }
            until(bench, "work", "delayed", 2).await;
            clock.advance(Duration::from_secs(2));
            assert_eq!(calls.done().await, "at");
            clock.advance(Duration::from_secs(3));
            assert_eq!(calls.done().await, "late");
        },
    )
    .await;
}

#[tokio::test]
async fn tenants_share_by_weight() {
    let queue = json!({ "work": { "concurrency": 1, "tenant_weights": { "big": 3 } } });
    with_queues(queue, async |bench, _| {
        call(bench, "queue::pause", json!({ "queue": "work" })).await;
        for tenant in ["small", "big"] {
            for _ in 0..12 {
                enqueue(bench, "work", json!(tenant), json!({ "tenant": tenant })).await;
            }
        }
        let mut calls = offer(bench, "tests::work").await;
        call(bench, "queue::resume", json!({ "queue": "work" })).await;
        let mut big = 0;
        for _ in 0..12 {
            big += u32::from(calls.done().await == "big");
        }
        assert!(
            (8..=10).contains(&big),
            "3 of 4 are the big tenant's: {big} of 12"
        );
    })
    .await;
}
