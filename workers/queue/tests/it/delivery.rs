//! Messages reach functions, fail, and come back.

use crate::world::{bind, call, code, enqueue, offer, until, with_queues};
use iii_kit::HandlerError;
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn a_message_reaches_its_function_with_its_input() {
    with_queues(json!({}), async |bench, _| {
        let mut calls = offer(bench, "tests::work").await;
        let id = enqueue(bench, "default", json!({ "b": 1.0, "a": [] }), json!({})).await;
        let running = calls.next().await;
        assert_eq!(
            (&running.data, running.attempt),
            (&json!({"b": 1.0, "a": []}), 1)
        );
        let state = call(bench, "queue::get", json!({ "message_id": id })).await;
        assert_eq!(
            (&state["state"], &state["queue"]),
            (&json!("running"), &json!("default"))
        );
        assert_eq!(running.message_id.as_deref(), Some(&*id));
        running.succeed(Value::Null);
        until(bench, "default", "depth", 0).await;
        let gone = code(bench, "queue::get", json!({ "message_id": id })).await;
        assert_eq!(gone, "message_not_found");
    })
    .await;
}

#[tokio::test]
async fn an_undeclared_queue_is_refused_and_a_defined_one_is_not() {
    with_queues(json!({}), async |bench, _| {
        let input = json!({ "queue": "new", "function_id": "tests::work", "data": 1 });
        let refused = code(bench, "engine::queue::enqueue", input).await;
        assert_eq!(refused, "queue_not_found");
        let defined = call(
            bench,
            "queue::define",
            json!({ "queue": "new", "concurrency": 3 }),
        )
        .await;
        assert_eq!(defined["settings"]["concurrency"], 3);
        let mut calls = offer(bench, "tests::work").await;
        enqueue(bench, "new", json!(7), json!({})).await;
        assert_eq!(calls.done().await, 7);
        let wrong = json!({ "queue": "new", "concurency": 3 });
        assert_eq!(
            code(bench, "queue::define", wrong).await,
            "INVALID_ARGUMENTS"
        );
    })
    .await;
}

#[tokio::test]
async fn a_failed_message_comes_back_after_its_pause_until_it_is_dead() {
    let queue = json!({ "work": { "max_retries": 3, "backoff_ms": 1000, "jitter": "none" } });
    with_queues(queue, async |bench, clock| {
        let mut calls = offer(bench, "tests::work").await;
        let id = enqueue(bench, "work", json!(1), json!({})).await;
        for (attempt, pause_ms) in [(1, 1000), (2, 2000)] {
            let failing = calls.next().await;
            assert_eq!(failing.attempt, attempt);
            failing.fail("boom");
            until(bench, "work", "delayed", 1).await;
            clock.advance(Duration::from_millis(pause_ms - 1));
            until(bench, "work", "delayed", 1).await;
            assert!(calls.ready().is_none(), "too early");
            clock.advance(Duration::from_millis(1));
        }
        calls.next().await.fail("boom");
        until(bench, "work", "dead", 1).await;
        let state = call(bench, "queue::get", json!({ "message_id": id })).await;
        assert_eq!(state["state"], "dead");
        assert_eq!(state["reason"], "attempts_exhausted");
        assert_eq!(state["attempts"], 3);
        assert_eq!(
            state["error"],
            json!({ "code": "boom", "message": "as told" })
        );
    })
    .await;
}

#[tokio::test]
async fn a_handler_says_when_whether_and_that_it_was_no_attempt() {
    let queue = json!({ "work": { "max_retries": 2, "non_retryable": ["bad_card"] } });
    with_queues(queue, async |bench, clock| {
        let mut calls = offer(bench, "tests::work").await;
        enqueue(bench, "work", json!(1), json!({})).await;
        // Given back: the attempt does not count.
        for _ in 0..3 {
            let released = HandlerError::new("busy", "later").released();
            let released = released.retry_after(Duration::from_secs(5));
            let call = calls.next().await;
            assert_eq!(call.attempt, 1);
            call.fail_with(released);
            until(bench, "work", "delayed", 1).await;
            clock.advance(Duration::from_secs(5));
        }
        let asked = HandlerError::new("limited", "later").retry_after(Duration::from_secs(60));
        calls.next().await.fail_with(asked);
        until(bench, "work", "delayed", 1).await;
        clock.advance(Duration::from_millis(59_999));
        until(bench, "work", "delayed", 1).await;
        clock.advance(Duration::from_millis(1));
        let last = calls.next().await;
        assert_eq!(last.attempt, 2);
        last.succeed(Value::Null);
        until(bench, "work", "depth", 0).await;

        enqueue(bench, "work", json!(2), json!({})).await;
        calls
            .next()
            .await
            .fail_with(HandlerError::new("no", "never").not_retryable());
        until(bench, "work", "dead", 1).await;
        enqueue(bench, "work", json!(3), json!({})).await;
        calls.next().await.fail("bad_card");
        until(bench, "work", "dead", 2).await;
    })
    .await;
}

#[tokio::test]
async fn a_message_waits_for_a_function_that_is_not_there_yet() {
    with_queues(json!({}), async |bench, clock| {
        let id = enqueue(bench, "default", json!("early"), json!({})).await;
        until(bench, "default", "waiting", 1).await;
        let mut calls = offer(bench, "tests::work").await;
        let call = calls.next().await;
        assert_eq!((&call.data, call.attempt), (&json!("early"), 1));
        call.succeed(Value::Null);
        until(bench, "default", "depth", 0).await;
        let _ = (id, clock);
    })
    .await;
}

#[tokio::test]
async fn a_handler_that_takes_too_long_is_given_up_unless_it_asks_for_more() {
    let queue = json!({ "work": { "timeout_ms": 1000, "backoff_ms": 0, "max_retries": 2 } });
    with_queues(queue, async |bench, clock| {
        let mut calls = offer(bench, "tests::work").await;
        let id = enqueue(bench, "work", json!(1), json!({})).await;
        let first = calls.next().await;
        clock.advance(Duration::from_millis(999));
        call(
            bench,
            "queue::extend",
            json!({ "message_id": id, "by_ms": 5000 }),
        )
        .await;
        let progress = json!({ "message_id": id, "progress": { "percent": 50 } });
        call(bench, "queue::progress", progress).await;
        clock.advance(Duration::from_millis(4999));
        let state = call(bench, "queue::get", json!({ "message_id": id })).await;
        assert_eq!(
            (&state["state"], &state["progress"]["percent"]),
            (&json!("running"), &json!(50))
        );
        clock.advance(Duration::from_millis(1));
        let second = calls.next().await;
        assert_eq!(second.attempt, 2);
        // Too late: nobody waits for it any more.
        first.succeed(Value::Null);
        clock.advance(Duration::from_secs(1));
        until(bench, "work", "dead", 1).await;
        let state = call(bench, "queue::get", json!({ "message_id": id })).await;
        assert_eq!(state["error"]["code"], "TIMEOUT");
        second.succeed(Value::Null);
    })
    .await;
}

#[tokio::test]
async fn a_silent_handler_misses_its_heartbeat() {
    let queue = json!({ "work": { "heartbeat_ms": 100, "backoff_ms": 0, "max_retries": 1 } });
    with_queues(queue, async |bench, clock| {
        let mut calls = offer(bench, "tests::work").await;
        let id = enqueue(bench, "work", json!(1), json!({})).await;
        let _running = calls.next().await;
        for _ in 0..5 {
            clock.advance(Duration::from_millis(99));
            call(bench, "queue::progress", json!({ "message_id": id })).await;
        }
        until(bench, "work", "running", 1).await;
        clock.advance(Duration::from_millis(100));
        until(bench, "work", "dead", 1).await;
        let state = call(bench, "queue::get", json!({ "message_id": id })).await;
        assert_eq!(state["error"]["code"], "heartbeat_missed");
    })
    .await;
}

#[tokio::test]
async fn messages_without_a_function_go_to_what_is_bound_to_the_queue() {
    with_queues(json!({ "work": {} }), async |bench, _| {
        let input = json!({ "queue": "work", "data": { "n": 1 } });
        call(bench, "queue::push", input).await;
        let mut calls = offer(bench, "tests::consumer").await;
        bind(
            bench,
            "queue",
            "tests::consumer",
            json!({ "queue": "work" }),
        )
        .await;
        assert_eq!(calls.done().await, json!({ "n": 1 }));
        until(bench, "work", "depth", 0).await;
    })
    .await;
}

#[tokio::test]
async fn a_batch_is_handed_over_together_and_may_fail_in_part() {
    let queue = json!({ "work": { "batch": { "size": 3, "wait_ms": 1000 }, "backoff_ms": 0 } });
    with_queues(queue, async |bench, clock| {
        let mut calls = offer(bench, "tests::work").await;
        for n in 0..3 {
            enqueue(bench, "work", json!(n), json!({})).await;
        }
        let batch = calls.next().await;
        let messages = batch.data["messages"].as_array().unwrap().clone();
        let data: Vec<&Value> = messages.iter().map(|it| &it["data"]).collect();
        assert_eq!(data, [0, 1, 2]);
        let failed = messages[1]["message_id"].clone();
        batch.succeed(json!({ "failed": [failed] }));
        until(bench, "work", "depth", 1).await;
        // The one that failed waits for company, in vain.
        clock.advance(Duration::from_secs(1));
        let again = calls.next().await;
        assert_eq!(again.data["messages"][0]["data"], 1);
        assert_eq!(again.data["messages"][0]["attempt"], 2);
        again.succeed(Value::Null);
        until(bench, "work", "depth", 0).await;
    })
    .await;
}
