//! Who hears of what, and what happens when somebody is slow.

use super::recorder::Recorder;
use super::{subscribe, subscribe_with};
use crate::config::Config;
use crate::functions::Call;
use crate::functions::Function::{Batch, Delete, Get, Set, Update};
use crate::testing::Fixture;
use bytes::Bytes;
use iii_kit::{Payload, Text, TraceContext};
use iii_ports::kv::Bounds;
use serde_json::{Value, json};
use std::sync::Arc;

fn set(key: &str, value: u64) -> Value {
    json!({"scope": "s", "key": key, "value": value})
}

fn bounded(config: Config) -> Fixture {
    Fixture::with(&config, Bounds::default())
}

#[tokio::test]
async fn triggers_hear_what_they_ask_for() {
    let state = Fixture::new();
    let everything = subscribe(&state, "1", None, None);
    let scope = subscribe(&state, "2", Some("s"), None);
    let entry = subscribe(&state, "3", Some("s"), Some("k"));
    let key = subscribe(&state, "4", None, Some("k"));
    for (scope, key) in [("s", "k"), ("s", "l"), ("t", "k"), ("t", "l")] {
        state
            .call(Set, json!({"scope": scope, "key": key, "value": 1}))
            .await;
    }
    for (recorder, expected) in [
        (everything, vec!["s/k", "s/l", "t/k", "t/l"]),
        (scope, vec!["s/k", "s/l"]),
        (entry, vec!["s/k"]),
        (key, vec!["s/k", "t/k"]),
    ] {
        let events = recorder.begun(expected.len()).await;
        recorder.rests().await;
        let mut heard: Vec<_> = events
            .iter()
            .map(|event| format!("{}/{}", event["scope"], event["key"]).replace('"', ""))
            .collect();
        heard.sort();
        assert_eq!(heard, expected);
    }
}

#[tokio::test]
async fn an_event_has_the_published_shape_and_the_writers_trace() {
    let state = Fixture::new();
    let recorder = subscribe(&state, "t", None, None);
    let input = r#"{"scope":"s","key":"k\"","value":{"z":1.0}}"#;
    let input = Payload::from_trusted(Bytes::from_static(input.as_bytes()));
    let traceparent = Text::from_static("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    let trace = TraceContext {
        traceparent: Some(traceparent),
        ..TraceContext::default()
    };
    Set.run(
        &state.store,
        Call {
            input: Some(&input),
            trace: &trace,
        },
    )
    .await
    .expect("sets");
    let events = recorder.begun(1).await;
    assert_eq!(
        events[0],
        json!({
            "type": "state", "event_type": "state:created", "scope": "s", "key": "k\"",
            "old_value": null, "new_value": {"z": 1.0},
        })
    );
    assert_eq!(recorder.traces(), [trace]);
}

#[tokio::test]
async fn what_changes_nothing_tells_nothing() {
    let state = Fixture::new();
    state.call(Set, set("k", 1)).await;
    let recorder = subscribe(&state, "t", None, None);
    state.call(Set, set("k", 1)).await;
    state
        .call(Delete, json!({"scope": "s", "key": "none"}))
        .await;
    let bad = json!([{"type": "append", "path": "a", "value": 1}]);
    state
        .call(Update, json!({"scope": "s", "key": "k", "ops": bad}))
        .await;
    let same = json!([{"type": "set", "path": "", "value": 1}]);
    state
        .call(
            Update,
            json!({"scope": "s", "key": "k", "ops": same, "ttl_ms": 9}),
        )
        .await;
    let mismatch = json!([
        {"type": "delete", "scope": "s", "key": "k"},
        {"type": "check", "scope": "s", "key": "none", "if_version": 9},
    ]);
    state.code(Batch, json!({"ops": mismatch})).await;
    state.call(Set, set("last", 1)).await;
    let events = recorder.begun(1).await;
    assert_eq!(events[0]["key"], json!("last"));
}

#[tokio::test]
async fn entries_do_not_wait_for_each_other() {
    let state = bounded(Config {
        trigger_calls_max: 2,
        ..Config::default()
    });
    let recorder = Arc::new(Recorder::gated());
    subscribe_with(&state, "t", None, None, &recorder);
    for value in 0..3 {
        state.call(Set, set("slow", value)).await;
    }
    for key in ["a", "b", "c"] {
        state.call(Set, set(key, 1)).await;
    }
    let begun = recorder.begun(2).await;
    assert_eq!(
        (&begun[0]["key"], &begun[1]["key"]),
        (&json!("slow"), &json!("a"))
    );
    recorder.let_all_through();
    let all = recorder.begun(6).await;
    recorder.rests().await;
    let slow: Vec<_> = all.iter().filter(|event| event["key"] == "slow").collect();
    assert_eq!(
        slow.iter().map(|e| &e["new_value"]).collect::<Vec<_>>(),
        [0, 1, 2]
    );
    assert_eq!(
        recorder.running_most(),
        2,
        "no more calls than `trigger_calls_max`"
    );
}

#[tokio::test]
async fn a_full_queue_refuses_the_write() {
    let state = bounded(Config {
        trigger_queue_events_max: 2,
        ..Config::default()
    });
    let recorder = Arc::new(Recorder::gated());
    subscribe_with(&state, "slow", Some("s"), Some("k"), &recorder);
    let wide = subscribe(&state, "wide", Some("s"), None);
    state.call(Set, set("k", 1)).await;
    state.call(Set, set("k", 2)).await;
    wide.begun(2).await;
    wide.rests().await;
    let (code, message) = state
        .call_text(Set, &set("k", 3).to_string())
        .await
        .expect_err("full");
    assert_eq!(code, "overloaded");
    assert!(message.contains("trigger `slow`"), "{message}");
    assert_eq!(
        state.call(Get, set("k", 0)).await,
        Some(json!(2)),
        "nothing was written"
    );
    state.call(Set, set("other", 1)).await;
    wide.begun(3).await;
    recorder.begun(1).await;
    recorder.let_through(1);
    recorder.begun(2).await;
    state.call(Set, set("k", 4)).await;
    recorder.let_all_through();
    let events = recorder.begun(3).await;
    assert_eq!(events[2]["old_value"], json!(2));
    recorder.rests().await;
}

#[tokio::test]
async fn writes_that_change_nothing_give_their_room_back() {
    let state = bounded(Config {
        trigger_queue_events_max: 1,
        ..Config::default()
    });
    let recorder = subscribe(&state, "t", None, None);
    for _ in 0..5 {
        state
            .call(Delete, json!({"scope": "s", "key": "none"}))
            .await;
        let mut wrong = set("k", 1);
        wrong["if_version"] = json!(9);
        assert_eq!(state.code(Set, wrong).await, "VERSION_MISMATCH");
    }
    let two = json!([
        {"type": "set", "scope": "s", "key": "a", "value": 1},
        {"type": "set", "scope": "s", "key": "b", "value": 1},
    ]);
    assert_eq!(state.code(Batch, json!({"ops": two})).await, "overloaded");
    state.call(Set, set("k", 1)).await;
    recorder.begun(1).await;
}

#[tokio::test]
async fn waiting_bytes_are_bounded() {
    let state = bounded(Config {
        trigger_queue_bytes_max: 1000,
        ..Config::default()
    });
    let recorder = Arc::new(Recorder::gated());
    subscribe_with(&state, "t", None, None, &recorder);
    let large = json!({"scope": "s", "key": "k", "value": "v".repeat(2000)});
    state.call(Set, large).await;
    assert_eq!(state.code(Set, set("k", 1)).await, "overloaded");
    recorder.let_all_through();
    recorder.begun(1).await;
    recorder.rests().await;
    while state
        .call_text(Set, &set("k", 1).to_string())
        .await
        .is_err()
    {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_trigger_that_goes_takes_its_queue_along() {
    let state = bounded(Config {
        trigger_queue_events_max: 2,
        ..Config::default()
    });
    let recorder = Arc::new(Recorder::gated());
    subscribe_with(&state, "t", None, None, &recorder);
    state.call(Set, set("k", 1)).await;
    state.call(Set, set("k", 2)).await;
    recorder.begun(1).await;
    state.store.feed.unsubscribe("t");
    state.store.feed.unsubscribe("never there");
    for value in 3..9 {
        state.call(Set, set("k", value)).await;
    }
    recorder.let_all_through();
    recorder.rests().await;
    assert_eq!(recorder.events().len(), 1, "what waited is dropped");
    let again = subscribe(&state, "t", None, None);
    let replaced = subscribe(&state, "t", Some("s"), None);
    state.call(Set, set("k", 9)).await;
    replaced.begun(1).await;
    assert_eq!(
        again.events(),
        Vec::<Value>::new(),
        "the same id is the same trigger"
    );
}
