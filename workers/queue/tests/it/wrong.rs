//! Inputs that are wrong: what the answer says about them.

use crate::world::{call, try_call, with_queues};
use iii_kit::{Error, RegisterTriggerInput};
use iii_testkit::Bench;
use serde_json::{Value, json};

const INVALID: &str = "INVALID_ARGUMENTS";

/// Code and message with which a call fails.
async fn refusal(bench: &Bench, id: &str, input: Value) -> (String, String) {
    match try_call(bench, id, input.clone()).await {
        Err(Error::Remote { code, message, .. }) => (code, message),
        other => panic!("{id} {input}: {other:?}"),
    }
}

/// Calls that must fail, each so.
async fn refused(bench: &Bench, cases: Vec<(&str, Value, &str)>) {
    for (id, input, wanted) in cases {
        let shown = format!("{id} {input}");
        let (code, message) = refusal(bench, id, input).await;
        assert_eq!((&*code, &*message), (INVALID, wanted), "{shown}");
    }
}

#[tokio::test]
async fn a_wrong_message_is_told_its_field() {
    with_queues(json!({ "work": {} }), async |bench, _| {
        let with = |field: &str, value: Value| {
            let mut input = json!({ "queue": "work", "function_id": "tests::work", "data": 1 });
            input[field] = value;
            ("engine::queue::enqueue", input)
        };
        let cases = [
            (with("delay_ms", json!(-5)), "`delay_ms` is integer `-5`, expected a whole number from 0"),
            (with("delay_ms", json!("soon")), "`delay_ms` is string \"soon\", expected a whole number from 0"),
            (with("run_at", json!("2026")), "`run_at` is string \"2026\", expected a whole number from 0"),
            (with("function_id", json!(7)), "`function_id` is integer `7`, expected a string"),
            (
                with("function_id", json!("")),
                "`function_id` is empty; leave it out for what is bound to the queue",
            ),
            (with("dealy_ms", json!(5)), "unknown field `dealy_ms`, did you mean `delay_ms`?"),
            (with("delay", json!(5)), "unknown field `delay`, did you mean `delay_ms`?"),
            (with("priority", json!(300)), "`priority` is 300, it must be from 0 to 255"),
            (with("ttl_ms", json!(0)), "`ttl_ms` must be at least 1"),
            (with("debounce", json!({ "key": "a" })), "`ms` is missing in `debounce`"),
            (
                with("debounce", json!({ "key": "a", "ms": 9, "max_wait_ms": 3 })),
                "`debounce.max_wait_ms` (3) is less than `debounce.ms` (9), so no burst would ever be \
                 quiet for long enough",
            ),
            (with("throttle", json!({ "key": "a", "ms": 0 })), "`throttle.ms` must be at least 1"),
            (
                with("idempotency_window_ms", json!(5)),
                "`idempotency_window_ms` says for how long an `idempotency_key` is remembered, and \
                 there is none",
            ),
            (with("group", json!("g".repeat(300))), "`group` has 300 bytes, the limit is 256"),
        ];
        let cases = cases.map(|((id, input), wanted)| (id, input, wanted));
        refused(bench, cases.to_vec()).await;
        let none = call(bench, "queue::inspect", json!({ "queue": "work" })).await;
        assert_eq!(none["depth"], 0, "nothing of it was taken");
        // What old workers and engines add means nothing to the queue, and is no slip.
        let (id, mut input) = with("_caller_worker_id", json!("w1"));
        input["messageReceiptId"] = json!("r1");
        call(bench, id, input).await;
    })
    .await;
}

#[tokio::test]
async fn a_queue_or_topic_that_is_not_there_is_told_those_that_are() {
    with_queues(json!({ "work": {} }), async |bench, _| {
        let input = json!({ "queue": "wrok", "data": 1 });
        let (code, message) = refusal(bench, "queue::push", input).await;
        assert_eq!(code, "queue_not_found");
        let wanted = "queue `wrok` does not exist; declare it in `queue_configs` of the `queue` \
                      worker, or make it with `queue::define`; there are `default`, `work`";
        assert_eq!(message, wanted);
        let input = json!({ "topic": "orders" });
        let (code, message) = refusal(bench, "engine::queue::topic_stats", input).await;
        assert_eq!(code, "queue_not_found");
        let wanted = "neither a queue nor a topic is called `orders`; a topic begins when something \
                      is published to it or a function subscribes; there are `default`, `work`";
        assert_eq!(message, wanted);
        for id in ["queue::inspect", "queue::purge", "iii::queue::redrive"] {
            let (code, _) = refusal(bench, id, json!({ "queue": "wrok" })).await;
            assert_eq!(code, "queue_not_found", "{id}");
        }
    })
    .await;
}

#[tokio::test]
async fn wrong_settings_are_told_their_field_and_change_nothing() {
    with_queues(json!({}), async |bench, _| {
        let define = |settings: Value| {
            let mut input = settings;
            input["queue"] = json!("work");
            ("queue::define", input)
        };
        let cases = [
            (define(json!({ "concurency": 4 })), "unknown field `concurency`, did you mean `concurrency`?"),
            (define(json!({ "concurrency": 0 })), "`concurrency` must be at least 1"),
            (
                define(json!({ "concurrency": "many" })),
                "`concurrency` is string \"many\", expected a whole number from 0 to 4294967295",
            ),
            (
                define(json!({ "type": "lifo" })),
                "unknown value `lifo` in `type`, did you mean `fifo`? known: `concurrent`, `standard`, \
                 `fifo`",
            ),
            (define(json!({ "rate": { "count": 5 } })), "`per_ms` is missing in `rate`"),
            (define(json!({ "batch": 5 })), "`batch` is integer `5`, expected an object"),
            (
                define(json!({ "backoff_ms": 5000, "backoff_max_ms": 10 })),
                "`backoff_max_ms` (10) is less than `backoff_ms` (5000), the pause it limits",
            ),
            (
                define(json!({ "max_retries": 3, "attempts_max": 5 })),
                "`attempts_max` and `max_retries` are one setting, give one of them",
            ),
            (
                ("queue::define", json!({ "queue": "" })),
                "`queue` has 0 bytes, it needs from 1 to 256",
            ),
            (
                ("queue::define", json!({ "queue": "work " })),
                "`queue` is \"work \"; it must not begin or end with white space, nor have control \
                 characters",
            ),
            (("queue::define", json!({})), "`queue` is missing"),
        ];
        let cases = cases.map(|((id, input), wanted)| (id, input, wanted));
        refused(bench, cases.to_vec()).await;
        let queues = call(bench, "queue::list", json!({})).await;
        assert_eq!(queues["queues"].as_array().map(Vec::len), Some(1), "{queues}");
        // Words with a space between them are a name like any other.
        call(bench, "queue::define", json!({ "queue": "late work" })).await;
        let input = json!({ "queue": "late work", "data": 1 });
        call(bench, "engine::queue::enqueue", input).await;
    })
    .await;
}

#[tokio::test]
async fn a_slip_in_a_filter_redrives_nothing() {
    with_queues(json!({}), async |bench, _| {
        let redrive = |more: Value| {
            let mut input = more;
            input["queue"] = json!("default");
            ("queue::dlq::redrive", input)
        };
        let cases = [
            (redrive(json!({ "cod": "boom" })), "unknown field `cod`, did you mean `code`? known: `queue`, `message_id`, `message_ids`, \
                 `reason`, `code`, `function_id`, `since`, `until`"),
            (
                redrive(json!({ "reason": "tired" })),
                "unknown value `tired` in `reason`; known: `attempts_exhausted`, `not_retryable`, \
                 `expired`",
            ),
            (
                ("queue::dlq::redrive", json!({})),
                "name a `queue`, a `message_id` or several `message_ids`",
            ),
            (
                ("queue::dlq::list", json!({ "queue": "default", "limit": -1 })),
                "`limit` is integer `-1`, expected a whole number from 0",
            ),
            (
                ("queue::dlq::list", json!({ "queue": "default", "cursor": "zzz" })),
                "`cursor` is `zzz`, which no page has ended with; begin without one",
            ),
            (
                ("iii::queue::redrive", json!({ "queu": "default" })),
                "unknown field `queu`, did you mean `queue`? known: `queue`, `topic`, `message_id`, \
                 `offset`, `limit`",
            ),
        ];
        let cases = cases.map(|((id, input), wanted)| (id, input, wanted));
        refused(bench, cases.to_vec()).await;
        let nothing = call(bench, "iii::queue::redrive", json!({ "queue": "default" })).await;
        assert_eq!(nothing, json!({ "queue": "default", "redriven": 0 }));
    })
    .await;
}

#[tokio::test]
async fn a_message_that_is_not_there_or_not_so_is_told_apart() {
    with_queues(json!({}), async |bench, _| {
        let input = json!({ "queue": "default", "data": 1 });
        let receipt = call(bench, "queue::push", input).await;
        let waits = json!({ "message_id": receipt["messageReceiptId"], "by_ms": 1, "data": 2 });
        let cases = [
            ("queue::dlq::get", waits.clone(), "is not dead"),
            ("queue::dlq::edit", waits.clone(), "is not dead"),
            (
                "queue::dlq::redrive",
                json!({ "message_id": waits["message_id"] }),
                "is not dead",
            ),
            ("queue::extend", waits, "is not being handled"),
            (
                "queue::get",
                json!({ "message_id": "m1" }),
                "no queue holds a message `m1`",
            ),
        ];
        for (id, input, wanted) in cases {
            let (code, message) = refusal(bench, id, input).await;
            assert_eq!(code, "message_not_found", "{id}");
            assert!(message.contains(wanted), "{id}: {message}");
        }
    })
    .await;
}

#[tokio::test]
async fn functions_that_need_no_input_take_none() {
    with_queues(json!({}), async |bench, _| {
        for id in [
            "queue::list",
            "engine::queue::list_topics",
            "engine::queue::dlq_topics",
        ] {
            let request = iii_kit::RawTriggerRequest::new(id, None);
            bench.client.trigger_raw(request).await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn a_wrong_trigger_is_told_its_field() {
    with_queues(json!({}), async |bench, _| {
        let cases = [
            (
                json!({}),
                "the trigger needs either a `topic` or a `queue`, and not both",
            ),
            (
                json!({ "topik": "a" }),
                "unknown field `topik`, did you mean `topic`?",
            ),
            (
                json!({ "topic": "" }),
                "`topic` has 0 bytes, it needs from 1 to 256",
            ),
            (
                json!({ "topic": "a", "queue_config": { "maxRetrys": 1 } }),
                "`queue_config`: unknown field `maxRetrys`",
            ),
            (
                json!({ "topic": "a", "queue_config": { "concurrency": "x" } }),
                "`queue_config`: `concurrency` is string \"x\", expected a whole number",
            ),
            (
                json!({ "topic": "a", "queue_config": { "maxRetries": "x" } }),
                "`queue_config`: `maxRetries` is \"x\", expected a whole number from 0",
            ),
            (json!({ "queue": "nope" }), "queue `nope` does not exist"),
        ];
        for (config, wanted) in cases {
            let trigger = RegisterTriggerInput::new("queue", "tests::work", &config);
            let refused = bench.client.register_trigger(trigger).await.err();
            let message = refused.unwrap().to_string();
            assert!(message.contains(wanted), "{config}: {message}");
        }
    })
    .await;
}
