//! How many at a time, how often, and how much.

use crate::world::{Calls, call, code, enqueue, offer, until, with_queues};
use iii_testkit::Bench;
use serde_json::{Value, json};
use std::time::Duration;

async fn running(bench: &Bench, calls: &mut Calls, expected: usize) -> Vec<crate::world::Call> {
    let mut running = Vec::new();
    for _ in 0..expected {
        running.push(calls.next().await);
    }
    until(bench, "work", "running", expected as u64).await;
    assert!(calls.ready().is_none(), "no more than {expected} at a time");
    running
}

#[tokio::test]
async fn so_many_at_a_time_and_that_can_be_changed_live() {
    with_queues(json!({ "work": { "concurrency": 2 } }), async |bench, _| {
        let mut calls = offer(bench, "tests::work").await;
        for n in 0..6 {
            enqueue(bench, "work", json!(n), json!({})).await;
        }
        let two = running(bench, &mut calls, 2).await;
        call(
            bench,
            "queue::define",
            json!({ "queue": "work", "concurrency": 4 }),
        )
        .await;
        let more = [calls.next().await, calls.next().await];
        until(bench, "work", "running", 4).await;
        assert!(calls.ready().is_none());
        for call in two.into_iter().chain(more) {
            call.succeed(Value::Null);
        }
        calls.done().await;
        calls.done().await;
        until(bench, "work", "depth", 0).await;
    })
    .await;
}

#[tokio::test]
async fn so_many_at_a_time_with_one_key() {
    let queue = json!({ "work": { "key_concurrency": 1, "key_field": "user" } });
    with_queues(queue, async |bench, _| {
        let mut calls = offer(bench, "tests::work").await;
        for user in ["a", "a", "b"] {
            enqueue(bench, "work", json!({ "user": user }), json!({})).await;
        }
        let first = running(bench, &mut calls, 2).await;
        let users: Vec<&Value> = first.iter().map(|call| &call.data["user"]).collect();
        assert_eq!(users, ["a", "b"]);
        for call in first {
            call.succeed(Value::Null);
        }
        assert_eq!(calls.done().await["user"], "a");
        until(bench, "work", "depth", 0).await;
    })
    .await;
}

#[tokio::test]
async fn so_often_in_all_and_with_one_key() {
    let rates = [
        (json!({ "rate": { "count": 2, "per_ms": 1000 } }), json!({})),
        (
            json!({ "key_rate": { "count": 2, "per_ms": 1000 } }),
            json!({ "key": "k" }),
        ),
    ];
    for (settings, options) in rates {
        with_queues(json!({ "work": settings }), async |bench, clock| {
            let mut calls = offer(bench, "tests::work").await;
            for n in 0..4 {
                enqueue(bench, "work", json!(n), options.clone()).await;
            }
            assert_eq!(calls.done().await, 0);
            assert_eq!(calls.done().await, 1);
            until(bench, "work", "depth", 2).await;
            clock.advance(Duration::from_millis(999));
            until(bench, "work", "depth", 2).await;
            assert!(calls.ready().is_none(), "too early");
            clock.advance(Duration::from_millis(1));
            assert_eq!(calls.done().await, 2);
            assert_eq!(calls.done().await, 3);
        })
        .await;
    }
}

#[tokio::test]
async fn a_full_queue_says_so_and_takes_messages_again() {
    with_queues(json!({ "work": { "depth_max": 2 } }), async |bench, _| {
        call(bench, "queue::pause", json!({ "queue": "work" })).await;
        enqueue(bench, "work", json!(1), json!({})).await;
        let second = enqueue(bench, "work", json!(2), json!({})).await;
        let third = json!({ "queue": "work", "function_id": "tests::work", "data": 3 });
        assert_eq!(
            code(bench, "engine::queue::enqueue", third).await,
            "queue_full"
        );
        let cancelled = call(bench, "queue::cancel", json!({ "message_id": second })).await;
        assert_eq!(cancelled["cancelled"], true);
        enqueue(bench, "work", json!(3), json!({})).await;
        let purged = call(bench, "queue::purge", json!({ "queue": "work" })).await;
        assert_eq!(purged["purged"], 2);
        until(bench, "work", "depth", 0).await;
    })
    .await;
}

#[tokio::test]
async fn a_message_that_waits_too_long_dies() {
    with_queues(json!({ "work": {} }), async |bench, clock| {
        call(bench, "queue::pause", json!({ "queue": "work" })).await;
        let id = enqueue(bench, "work", json!(1), json!({ "ttl_ms": 500 })).await;
        clock.advance(Duration::from_millis(500));
        until(bench, "work", "dead", 1).await;
        let state = call(bench, "queue::get", json!({ "message_id": id })).await;
        assert_eq!(state["reason"], "expired");
    })
    .await;
}
