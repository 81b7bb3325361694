//! Changes are kept: while the function is away, while the queue is, and through both workers'
//! ends.

use super::crew::Crew;
use iii_kit::serde_json::{Value, json};
use iii_ports::kv::Bounds;
use iii_worker_state::Config;
use std::collections::BTreeSet;
use std::time::Duration;

#[tokio::test]
async fn a_function_that_was_away_hears_of_everything() {
    let crew = Crew::new().await;
    let subscriber = crew.subscriber().await;
    let durable = json!({ "scope": "s", "durable": true });
    subscriber.bind(durable.clone()).await.unwrap();
    subscriber.client.shutdown().await;
    crew.set("k", 1).await;
    crew.set("k", 2).await;
    crew.set("k", 2).await;
    let other = json!({ "scope": "other", "key": "k", "value": 1 });
    crew.call("state::set", other).await;
    let input = json!({ "scope": "s", "key": "k" });
    crew.call("state::delete", input).await;
    let mut subscriber = crew.subscriber().await;
    subscriber.bind(durable).await.unwrap();
    let first = subscriber.next().await;
    assert_eq!(first.metadata, Some(json!({ "for": "you" })));
    let mut events = vec![first.end(true)];
    while events.len() < 3 {
        events.push(subscriber.handled().await);
    }
    // Nothing happened where the value stayed what it was, and nothing in the other scope.
    let seen: Vec<_> = events
        .iter()
        .map(|event| {
            (
                &event["event_type"],
                &event["old_value"],
                &event["new_value"],
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            (&json!("state:created"), &Value::Null, &json!(1)),
            (&json!("state:updated"), &json!(1), &json!(2)),
            (&json!("state:deleted"), &json!(2), &Value::Null),
        ]
    );
    let ids: BTreeSet<_> = events
        .iter()
        .map(|event| event["change_id"].as_str())
        .collect();
    assert_eq!(ids.len(), 3, "{ids:?}");
    crew.until_waiting(0).await;
    crew.set("k", "last").await;
    assert_eq!(subscriber.change().await, json!(["k", null, "last"]));
    subscriber.client.shutdown().await;
    crew.stop().await;
}

#[tokio::test]
async fn changes_wait_for_the_queue_and_outlive_the_worker() {
    // Values are small here, so that an event takes several of them.
    let bounds = Bounds {
        value_bytes_max: 100,
        ..Bounds::default()
    };
    let mut crew = Crew::of_nobody(bounds).await;
    crew.start_state(Config::default()).await;
    let subscriber = crew.subscriber().await;
    let durable = json!({ "scope": "s", "durable": true });
    subscriber.bind(durable.clone()).await.unwrap();
    let long = "x".repeat(90);
    crew.set("k", long.as_str()).await;
    crew.set("k", 2).await;
    crew.until_waiting(2).await;
    crew.stop_state().await;
    // It goes away unseen.
    subscriber.client.shutdown().await;
    crew.until_nothing_is_bound().await;
    crew.start_state(Config::default()).await;
    // Also what is changed before anybody has come back is kept.
    crew.set("k", 3).await;
    crew.until_waiting(3).await;
    // So many changes at once that the worker does not read them in one go.
    let write =
        |n: usize| json!({ "type": "set", "scope": "s", "key": n.to_string(), "value": long });
    let ops: Vec<_> = (0..100).map(write).collect();
    crew.call("state::batch", json!({ "ops": ops })).await;
    crew.until_waiting(4).await;
    crew.start_queue().await;
    let mut subscriber = crew.subscriber().await;
    subscriber.bind(durable).await.unwrap();
    let mut changes = Vec::new();
    while changes.len() < 103 {
        changes.push(subscriber.change().await);
    }
    let of_k: Vec<_> = changes.iter().filter(|change| change[0] == "k").collect();
    let expected = [
        json!(["k", null, long]),
        json!(["k", long, 2]),
        json!(["k", 2, 3]),
    ];
    assert_eq!(of_k, expected.iter().collect::<Vec<_>>());
    let keys: BTreeSet<_> = changes.iter().map(|change| change[0].as_str()).collect();
    assert_eq!(keys.len(), 101);
    crew.until_waiting(0).await;
    subscriber.client.shutdown().await;
    crew.stop().await;
}

#[tokio::test]
async fn expiry_is_a_change_too() {
    let crew = Crew::new().await;
    let mut subscriber = crew.subscriber().await;
    let durable = json!({ "scope": "s", "durable": true });
    subscriber.bind(durable).await.unwrap();
    let short = |key: &str| json!({ "scope": "s", "key": key, "value": 1, "ttl_ms": 10 });
    crew.call("state::set", short("a")).await;
    assert_eq!(subscriber.change().await, json!(["a", null, 1]));
    crew.clock.advance(Duration::from_millis(10));
    assert_eq!(subscriber.change().await, json!(["a", 1, null]));
    // Whoever removes it, the sweep or the next write: once.
    for round in 0..20 {
        crew.call("state::set", short("b")).await;
        assert_eq!(subscriber.change().await, json!(["b", null, 1]), "{round}");
        crew.clock.advance(Duration::from_millis(10));
        crew.set("b", 2).await;
        assert_eq!(subscriber.change().await, json!(["b", 1, null]), "{round}");
        assert_eq!(subscriber.change().await, json!(["b", null, 2]), "{round}");
        let input = json!({ "scope": "s", "key": "b" });
        crew.call("state::delete", input).await;
        assert_eq!(subscriber.change().await, json!(["b", 2, null]), "{round}");
    }
    subscriber.client.shutdown().await;
    crew.stop().await;
}

#[tokio::test]
async fn a_watch_ends_when_nobody_comes_back() {
    let mut crew = Crew::new().await;
    let subscriber = crew.subscriber().await;
    let durable = json!({ "scope": "s", "key": "k", "durable": true });
    let trigger = subscriber.bind(durable.clone()).await.unwrap();
    let listed = crew.call("state::subscriptions", json!({})).await;
    assert_eq!(
        listed["subscriptions"],
        json!([{ "scope": "s", "key": "k", "topic": "state:s/k", "bound": 1, "left_at": null }])
    );
    let end = json!({ "scope": "s", "key": "k" });
    let refused = crew.try_call("state::unsubscribe", end.clone()).await;
    assert!(refused.unwrap_err().to_string().contains("bound"));
    trigger.unregister().await.unwrap();
    let left = async |crew: &Crew| {
        iii_testkit::within("the trigger to be gone", async {
            loop {
                let listed = crew.call("state::subscriptions", json!({})).await;
                if listed["subscriptions"][0]["left_at"].is_u64() {
                    return;
                }
                tokio::task::yield_now().await;
            }
        })
        .await;
    };
    left(&crew).await;
    crew.call("state::unsubscribe", end.clone()).await;
    let refused = crew.try_call("state::unsubscribe", end).await.unwrap_err();
    assert!(
        refused.to_string().contains("state::subscriptions"),
        "{refused}"
    );

    subscriber.bind(durable).await.unwrap();
    subscriber.client.shutdown().await;
    left(&crew).await;
    // Seven days, a restart in between.
    crew.clock.advance(Duration::from_secs(6 * 24 * 3600));
    crew.stop_state().await;
    crew.start_state(Config::default()).await;
    let listed = crew.call("state::subscriptions", json!({})).await;
    assert_eq!(listed["subscriptions"][0]["bound"], 0);
    crew.clock.advance(Duration::from_secs(24 * 3600));
    iii_testkit::within("the watch to end", async {
        while crew.call("state::subscriptions", json!({})).await["subscriptions"] != json!([]) {
            tokio::task::yield_now().await;
        }
    })
    .await;
    crew.set("k", 1).await;
    let listed = crew.call("state::subscriptions", json!({})).await;
    assert_eq!(listed, json!({ "subscriptions": [], "waiting": 0 }));
    crew.stop().await;
}

#[tokio::test]
async fn what_nobody_wants_any_more_is_dropped() {
    let mut crew = Crew::of_nobody(Bounds::default()).await;
    crew.start_state(Config::default()).await;
    let subscriber = crew.subscriber().await;
    let durable = json!({ "scope": "s", "durable": true });
    subscriber.bind(durable).await.unwrap();
    crew.set("k", 1).await;
    subscriber.client.shutdown().await;
    crew.until_nothing_is_bound().await;
    let end = json!({ "scope": "s" });
    iii_testkit::within("the watch to be free", async {
        while crew
            .try_call("state::unsubscribe", end.clone())
            .await
            .is_err()
        {
            tokio::task::yield_now().await;
        }
    })
    .await;
    crew.start_queue().await;
    crew.until_waiting(0).await;
    let queues = crew.call("queue::list", json!({})).await.to_string();
    assert!(!queues.contains("state:s"), "{queues}");
    crew.stop().await;
}
