//! The published functions, with the input shapes and answers that older tools know.

use crate::world::{Calls, bind, call, code, offer, until, with_queues};
use iii_testkit::Bench;
use serde_json::{Value, json};

const FIRST: &str = "orders::tests::a@default";
const SECOND: &str = "orders::tests::b@default";

/// Two subscribers of `orders` that have failed with two messages for good.
async fn failed(bench: &Bench) -> [Calls; 2] {
    let mut calls = [
        offer(bench, "tests::a").await,
        offer(bench, "tests::b").await,
    ];
    let config = json!({ "topic": "orders", "queue_config": { "maxRetries": 0 } });
    bind(bench, "durable:subscriber", "tests::a", config.clone()).await;
    bind(bench, "queue", "tests::b", config).await;
    for n in 0..2 {
        let input = json!({ "topic": "orders", "data": { "n": n } });
        assert_eq!(
            call(bench, "iii::durable::publish", input).await,
            Value::Null
        );
        for calls in &mut calls {
            calls.next().await.fail("boom");
        }
        until(bench, FIRST, "dead", n + 1).await;
        until(bench, SECOND, "dead", n + 1).await;
    }
    calls
}

async fn dead(bench: &Bench, input: Value) -> Vec<Value> {
    let answer = call(bench, "engine::queue::dlq_messages", input).await;
    answer.as_array().unwrap().clone()
}

/// The names of the fields, in alphabetical order.
fn keys(object: &Value) -> Vec<&String> {
    let mut keys: Vec<&String> = object.as_object().unwrap().keys().collect();
    keys.sort();
    keys
}

#[tokio::test]
async fn a_topic_is_looked_into_with_all_of_its_subscriptions() {
    with_queues(json!({}), async |bench, _| {
        let _calls = failed(bench).await;
        let all = dead(bench, json!({ "topic": "orders" })).await;
        let payloads: Vec<&Value> = all.iter().map(|it| &it["payload"]["n"]).collect();
        assert_eq!(payloads, [0, 1, 0, 1]);
        // A topic may be named as a queue too.
        assert_eq!(dead(bench, json!({ "queue": "orders" })).await, all);
        let page = json!({ "topic": "orders", "offset": 1, "limit": 2 });
        assert_eq!(dead(bench, page).await, all[1..3]);
        assert!(
            dead(bench, json!({ "topic": "orders", "offset": 4 }))
                .await
                .is_empty()
        );
        let keys = keys(&all[0]);
        let wanted = [
            "error",
            "failed_at",
            "id",
            "payload",
            "retries",
            "size_bytes",
        ];
        assert_eq!(keys, wanted);
        assert_eq!(all[0]["size_bytes"], json!(br#"{"n":0}"#.len()));
        let stats = json!({ "topic": "orders" });
        let stats = call(bench, "engine::queue::topic_stats", stats).await;
        assert_eq!(
            self::keys(&stats),
            ["config", "consumer_count", "depth", "dlq_depth"]
        );
        assert_eq!(
            [
                &stats["depth"],
                &stats["consumer_count"],
                &stats["dlq_depth"]
            ],
            [0, 2, 4]
        );
        assert_eq!(stats["config"]["max_retries"], 1);
        let topics = call(bench, "engine::queue::dlq_topics", json!({})).await;
        let orders = json!([{ "topic": "orders", "broker_type": "builtin", "message_count": 4 }]);
        assert_eq!(topics, orders);
    })
    .await;
}

#[tokio::test]
async fn messages_of_a_topic_are_redriven_and_discarded_by_its_name() {
    with_queues(json!({}), async |bench, _| {
        let [mut a, mut b] = failed(bench).await;
        let all = dead(bench, json!({ "topic": "orders" })).await;
        let one = |at: usize| json!({ "topic": "orders", "message_id": all[at]["id"] });
        let done =
            |at: usize| json!({ "queue": "orders", "message_id": all[at]["id"], "redriven": 1 });
        let redriven = call(bench, "iii::queue::redrive_message", one(1)).await;
        assert_eq!(redriven, done(1));
        assert_eq!(a.done().await, json!({ "n": 1 }));
        let discarded = call(bench, "iii::queue::discard_message", one(0)).await;
        assert_eq!(discarded, done(0));
        assert_eq!(
            code(bench, "iii::queue::discard_message", one(0)).await,
            "message_not_found"
        );
        // A message of another queue is none of this one's.
        let elsewhere = json!({ "queue": "default", "message_id": all[2]["id"] });
        assert_eq!(
            code(bench, "iii::queue::discard_message", elsewhere).await,
            "message_not_found"
        );
        let rest = call(bench, "iii::queue::redrive", json!({ "topic": "orders" })).await;
        assert_eq!(rest, json!({ "queue": "orders", "redriven": 2 }));
        assert_eq!(
            [b.done().await, b.done().await],
            [json!({ "n": 0 }), json!({ "n": 1 })]
        );
    })
    .await;
}
