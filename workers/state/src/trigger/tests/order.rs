//! The events of one entry are in the order of its versions.

use super::subscribe;
use crate::config::Config;
use crate::functions::Function::{Batch, Delete, Set, Update};
use crate::testing::{Fixture, LateKv};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;

/// Every event's old value is the new value of the event before it, entry by entry.
fn assert_unbroken(events: &[Value]) {
    let mut last: HashMap<String, Value> = HashMap::new();
    for event in events {
        let entry = event["key"].to_string();
        let before = last
            .insert(entry, event["new_value"].clone())
            .unwrap_or(Value::Null);
        assert_eq!(event["old_value"], before, "{event}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_writers_make_one_unbroken_history() {
    const WRITERS: usize = 8;
    const ROUNDS: usize = 100;
    let state = Arc::new(Fixture::new());
    let recorder = subscribe(&state, "t", Some("s"), None);
    let mut running = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let state = state.clone();
        running.spawn(async move {
            for round in 0..ROUNDS {
                let key = format!("k{}", round % 2);
                let value = json!([writer, round]);
                state
                    .call(Set, json!({"scope": "s", "key": key, "value": value}))
                    .await;
            }
        });
    }
    running.join_all().await;
    let events = recorder.begun(WRITERS * ROUNDS).await;
    assert_eq!(events.len(), WRITERS * ROUNDS);
    assert_unbroken(&events);
}

#[tokio::test]
async fn answers_out_of_order_do_not_disturb_the_order() {
    let kv = Arc::new(LateKv::answered_by_hand());
    let state = Arc::new(Fixture::over(&Config::default(), kv.clone()));
    let recorder = subscribe(&state, "t", None, Some("k"));
    let mut running = tokio::task::JoinSet::new();
    for value in 0..20 {
        let state = state.clone();
        running.spawn(async move {
            state
                .call(Set, json!({"scope": "s", "key": "k", "value": value}))
                .await;
        });
        while kv.held() <= value {
            tokio::task::yield_now().await;
        }
    }
    for answer in (0..20).rev() {
        assert_eq!(
            recorder.events(),
            Vec::<Value>::new(),
            "the first write is still unanswered"
        );
        kv.answer(answer);
        tokio::task::yield_now().await;
    }
    running.join_all().await;
    let events = recorder.begun(20).await;
    assert_unbroken(&events);
    assert_eq!(events[19]["new_value"], json!(19));
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_stop_the_line() {
    let kv = Arc::new(LateKv::answered_by_hand());
    let state = Arc::new(Fixture::over(&Config::default(), kv.clone()));
    let recorder = subscribe(&state, "t", None, None);
    let set = |value: u64| {
        let state = state.clone();
        async move {
            state
                .call(Set, json!({"scope": "s", "key": "k", "value": value}))
                .await
        }
    };
    let mut running = tokio::task::JoinSet::new();
    let first = running.spawn(set(1));
    while kv.held() < 1 {
        tokio::task::yield_now().await;
    }
    running.spawn(set(2));
    while kv.held() < 2 {
        tokio::task::yield_now().await;
    }
    first.abort();
    kv.answer(1);
    let ends = [running.join_next().await, running.join_next().await];
    let answered = ends.into_iter().flatten().flatten().count();
    assert_eq!(answered, 1, "the second is answered, the first is gone");
    assert_eq!(recorder.begun(1).await[0]["new_value"], json!(2));
}

#[tokio::test]
async fn every_way_to_write_tells_its_change() {
    let state = Fixture::new();
    let recorder = subscribe(&state, "t", Some("s"), Some("k"));
    state
        .call(Set, json!({"scope": "s", "key": "k", "value": {"n": 1}}))
        .await;
    let add = json!([{"type": "increment", "path": "n", "by": 1}]);
    state
        .call(Update, json!({"scope": "s", "key": "k", "ops": add}))
        .await;
    let ops = json!([
        {"type": "set", "scope": "s", "key": "other", "value": 0},
        {"type": "update", "scope": "s", "key": "k", "ops": add},
        {"type": "set", "scope": "s", "key": "k", "value": "x"},
        {"type": "delete", "scope": "s", "key": "k"},
    ]);
    state.call(Batch, json!({"ops": ops})).await;
    state
        .call(Set, json!({"scope": "s", "key": "k", "value": 7}))
        .await;
    state.call(Delete, json!({"scope": "s", "key": "k"})).await;
    let events = recorder.begun(7).await;
    let told: Vec<_> = events
        .iter()
        .map(|event| {
            let kind = event["event_type"].as_str().expect("a type");
            format!("{kind} {} {}", event["old_value"], event["new_value"])
        })
        .collect();
    assert_eq!(
        told,
        [
            r#"state:created null {"n":1}"#,
            r#"state:updated {"n":1} {"n":2}"#,
            r#"state:updated {"n":2} {"n":3}"#,
            r#"state:updated {"n":3} "x""#,
            r#"state:deleted "x" null"#,
            "state:created null 7",
            "state:deleted 7 null",
        ]
    );
}
