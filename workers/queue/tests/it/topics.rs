//! Topics and their subscribers.

use crate::world::{bind, call, code, offer, until, with_queues};
use serde_json::{Value, json};

async fn publish(bench: &iii_testkit::Bench, data: Value) {
    let input = json!({ "topic": "orders", "data": data });
    assert_eq!(
        call(bench, "iii::durable::publish", input).await,
        Value::Null
    );
}

#[tokio::test]
async fn what_is_published_before_and_between_subscribers_is_kept() {
    with_queues(json!({}), async |bench, _| {
        publish(bench, json!(1)).await;
        let mut calls = offer(bench, "tests::a").await;
        let config = json!({ "topic": "orders" });
        let bound = bind(bench, "durable:subscriber", "tests::a", config.clone()).await;
        assert_eq!(calls.done().await, 1);
        until(bench, "orders::tests::a@default", "depth", 0).await;
        bound.unregister().await.unwrap();
        until(bench, "orders::tests::a@default", "consumers", 0).await;
        publish(bench, json!(2)).await;
        let kept = until(bench, "orders::tests::a@default", "depth", 1).await;
        assert_eq!(kept["kind"], "subscription");
        bind(bench, "durable:subscriber", "tests::a", config).await;
        assert_eq!(calls.done().await, 2);
    })
    .await;
}

#[tokio::test]
async fn every_function_that_subscribed_gets_every_message() {
    with_queues(json!({}), async |bench, _| {
        let mut a = offer(bench, "tests::a").await;
        let mut b = offer(bench, "tests::b").await;
        let config =
            json!({ "topic": "orders", "queue_config": { "maxRetries": 1, "backoffDelayMs": 0 } });
        bind(bench, "durable:subscriber", "tests::a", config.clone()).await;
        bind(bench, "queue", "tests::b", config).await;
        publish(bench, json!({ "id": 1 })).await;
        assert_eq!(a.done().await, json!({ "id": 1 }));
        b.next().await.fail("boom");
        b.next().await.fail("boom");
        until(bench, "orders::tests::b@default", "dead", 1).await;
        let stats = call(
            bench,
            "engine::queue::topic_stats",
            json!({ "topic": "orders" }),
        )
        .await;
        assert_eq!(
            (&stats["consumer_count"], &stats["dlq_depth"]),
            (&json!(2), &json!(1))
        );
        let topics = call(bench, "engine::queue::list_topics", json!({})).await;
        let orders = json!({ "name": "orders", "broker_type": "builtin", "subscriber_count": 2 });
        assert!(topics.as_array().unwrap().contains(&orders), "{topics}");
        let dead = call(bench, "engine::queue::dlq_topics", json!({})).await;
        let orders = json!([{ "topic": "orders", "broker_type": "builtin", "message_count": 1 }]);
        assert_eq!(dead, orders);
        let input = json!({ "topic": "orders" });
        assert_eq!(
            call(bench, "iii::queue::redrive", input).await["redriven"],
            1
        );
        assert_eq!(b.done().await, json!({ "id": 1 }));
    })
    .await;
}

#[tokio::test]
async fn a_condition_that_says_no_ends_the_message() {
    with_queues(json!({}), async |bench, _| {
        let mut asked = offer(bench, "tests::wanted").await;
        let mut calls = offer(bench, "tests::a").await;
        let config = json!({ "topic": "orders", "condition_function_id": "tests::wanted" });
        bind(bench, "durable:subscriber", "tests::a", config).await;
        publish(bench, json!(1)).await;
        asked.next().await.succeed(json!(false));
        until(bench, "orders::tests::a@default", "depth", 0).await;
        publish(bench, json!(2)).await;
        asked.next().await.succeed(json!(true));
        assert_eq!(calls.done().await, 2);
    })
    .await;
}

#[tokio::test]
async fn nonsense_is_refused_by_name() {
    with_queues(json!({}), async |bench, _| {
        assert_eq!(
            code(bench, "iii::durable::publish", json!({ "data": 1 })).await,
            "topic_not_set"
        );
        assert_eq!(
            code(bench, "iii::queue::redrive", json!({})).await,
            "queue_not_set"
        );
        let input = json!({ "queue": "default" });
        assert_eq!(
            code(bench, "iii::queue::redrive_message", input).await,
            "message_id_not_set"
        );
        assert_eq!(
            code(bench, "engine::queue::topic_stats", json!({})).await,
            "topic_required"
        );
    })
    .await;
}
