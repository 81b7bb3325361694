//! The changes of an entry come in order, whatever fails and whoever writes.

use super::crew::Crew;
use iii_kit::TriggerRequest;
use iii_kit::serde_json::json;
use iii_testkit::within;
use tokio::task::JoinSet;

#[tokio::test]
async fn a_failing_change_holds_back_only_its_entry() {
    let crew = Crew::new().await;
    let mut subscriber = crew.subscriber().await;
    let settings = json!({ "backoff_ms": 60_000, "jitter": "none" });
    let durable = json!({ "scope": "s", "durable": true, "queue_config": settings });
    subscriber.bind(durable).await.unwrap();
    crew.set("a", 1).await;
    let failed = subscriber.next().await.end(false);
    crew.set("a", 2).await;
    crew.set("b", 1).await;
    assert_eq!(subscriber.change().await, json!(["b", null, 1]));
    crew.until_waiting(0).await;
    crew.clock.advance(std::time::Duration::from_secs(60));
    let again = subscriber.handled().await;
    assert_eq!(again, failed);
    assert_eq!(subscriber.change().await, json!(["a", 1, 2]));
    subscriber.client.shutdown().await;
    crew.stop().await;
}

#[tokio::test]
async fn every_write_of_a_batch_is_a_change() {
    let crew = Crew::new().await;
    let mut subscriber = crew.subscriber().await;
    subscriber.bind(json!({ "durable": true })).await.unwrap();
    crew.set("k", 0).await;
    assert_eq!(subscriber.change().await, json!(["k", null, 0]));
    let write =
        |kind: &str, value: u64| json!({ "type": kind, "scope": "s", "key": "k", "value": value });
    let ops = json!([
        write("set", 1),
        write("set", 2),
        write("delete", 0),
        write("set", 3)
    ]);
    let answer = crew.call("state::batch", json!({ "ops": ops })).await;
    assert_eq!(answer["results"].as_array().unwrap().len(), 4);
    for change in [
        json!(["k", 0, 1]),
        json!(["k", 1, 2]),
        json!(["k", 2, null]),
        json!(["k", null, 3]),
    ] {
        assert_eq!(subscriber.change().await, change);
    }
    // What is refused is no change.
    let refused =
        json!([write("set", 4), { "type": "check", "scope": "s", "key": "k", "if_version": 0 }]);
    let refused = crew
        .try_call("state::batch", json!({ "ops": refused }))
        .await;
    assert_eq!(refused.unwrap_err().code(), "VERSION_MISMATCH");
    let stale = json!({ "scope": "s", "key": "k", "value": 5, "if_version": 1 });
    let refused = crew.try_call("state::set", stale).await.unwrap_err();
    assert_eq!(refused.code(), "VERSION_MISMATCH");
    crew.set("k", 6).await;
    assert_eq!(subscriber.change().await, json!(["k", 3, 6]));
    crew.until_waiting(0).await;
    subscriber.client.shutdown().await;
    crew.stop().await;
}

#[tokio::test]
async fn writers_of_one_entry_make_one_chain() {
    const WRITERS: u64 = 8;
    const WRITES: u64 = 25;
    let crew = Crew::new().await;
    let mut subscriber = crew.subscriber().await;
    let durable = json!({ "scope": "s", "durable": true });
    subscriber.bind(durable).await.unwrap();
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let client = crew.client.clone();
        writers.spawn(async move {
            for write in 0..WRITES {
                let value = json!([writer, write]);
                let set = json!({ "scope": "s", "key": "k", "value": value });
                let call = TriggerRequest::new("state::set", set);
                let _: iii_kit::serde_json::Value = client.trigger(call).await.unwrap();
                let ops = json!([{ "type": "increment", "path": "", "by": 1 }]);
                let add = json!({ "scope": "s", "key": "sum", "ops": ops });
                let call = TriggerRequest::new("state::update", add);
                let _: iii_kit::serde_json::Value = client.trigger(call).await.unwrap();
            }
        });
    }
    let mut last = [("k", json!(null)), ("sum", json!(null))];
    for _ in 0..2 * WRITERS * WRITES {
        let event = subscriber.handled().await;
        let entry = last
            .iter_mut()
            .find(|(key, _)| event["key"] == *key)
            .unwrap();
        assert_eq!(event["old_value"], entry.1, "{}", entry.0);
        entry.1 = event["new_value"].clone();
    }
    within("the writers", async {
        while writers.join_next().await.is_some() {}
    })
    .await;
    assert_eq!(last[1].1, json!(WRITERS * WRITES));
    crew.until_waiting(0).await;
    subscriber.client.shutdown().await;
    crew.stop().await;
}
