//! What is refused, and what that changes: nothing.

use super::crew::Crew;
use iii_kit::serde_json::json;
use iii_ports::kv::Bounds;
use iii_worker_state::Config;

#[tokio::test]
async fn writes_are_refused_when_too_much_waits() {
    for config in [
        Config {
            durable_writes_max: 2,
            ..Config::default()
        },
        Config {
            durable_bytes_max: 800,
            ..Config::default()
        },
    ] {
        let mut crew = Crew::of_nobody(Bounds::default()).await;
        crew.start_state(config).await;
        let mut subscriber = crew.subscriber().await;
        let durable = json!({ "scope": "s", "durable": true });
        subscriber.bind(durable).await.unwrap();
        crew.set("a", 1).await;
        crew.set("b", 2).await;
        let third = json!({ "scope": "s", "key": "c", "value": 3 });
        let refused = crew
            .try_call("state::set", third.clone())
            .await
            .unwrap_err();
        assert_eq!(refused.code(), "overloaded");
        let text = refused.to_string();
        assert!(
            text.contains("`queue`") && text.contains("durable_writes_max"),
            "{text}"
        );
        let input = json!({ "scope": "s", "key": "c" });
        assert_eq!(crew.call("state::get", input).await, json!(null));
        // What nobody watches is not held up.
        let other = json!({ "scope": "other", "key": "k", "value": 1 });
        crew.call("state::set", other).await;
        crew.start_queue().await;
        crew.until_waiting(0).await;
        crew.call("state::set", third).await;
        let mut keys = Vec::new();
        for _ in 0..3 {
            keys.push(subscriber.change().await[0].as_str().unwrap().to_owned());
        }
        keys.sort();
        assert_eq!(keys, ["a", "b", "c"]);
        subscriber.client.shutdown().await;
        crew.stop().await;
    }
}

#[tokio::test]
async fn wrong_configurations_are_refused() {
    let crew = Crew::new().await;
    let subscriber = crew.subscriber().await;
    for (config, why) in [
        (json!({ "queue_config": {} }), "durable"),
        (
            json!({ "durable": true, "queue_config": { "concurrency": 0 } }),
            "concurrency",
        ),
        (json!({ "durable": true, "scope": "x".repeat(300) }), "256"),
        (json!({ "durable": "yes" }), "boolean"),
    ] {
        let refused = subscriber.bind(config.clone()).await.err();
        let refused = refused
            .unwrap_or_else(|| panic!("{config} is taken"))
            .to_string();
        assert!(refused.contains(why), "{config}: {refused}");
    }
    // What was refused watches nothing.
    crew.set("k", 1).await;
    let listed = crew.call("state::subscriptions", json!({})).await;
    assert_eq!(listed["waiting"], 0);
    subscriber.client.shutdown().await;
    crew.stop().await;
}
