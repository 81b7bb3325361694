//! update: one entry, in one step.

use crate::config::Config;
use crate::functions::Function::{Batch, Get, Set, Update};
use crate::testing::{Fixture, LateKv};
use iii_ports::kv::{self, Bounds};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

fn update(ops: Value) -> Value {
    json!({"scope": "s", "key": "k", "ops": ops})
}

fn add(by: i64) -> Value {
    json!([{"type": "increment", "path": "n", "by": by}])
}

#[tokio::test]
async fn an_update_answers_old_new_and_version() {
    let state = Fixture::new();
    let first = state.call(Update, update(add(2))).await.expect("answers");
    assert_eq!(
        (&first["old_value"], &first["new_value"]),
        (&Value::Null, &json!({"n": 2}))
    );
    assert_eq!(first.get("errors"), None);
    let second = state.call(Update, update(add(3))).await.expect("answers");
    assert_eq!(
        (&second["old_value"], &second["new_value"]),
        (&json!({"n": 2}), &json!({"n": 5}))
    );
    assert!(second["version"].as_u64() > first["version"].as_u64());
}

#[tokio::test]
async fn failed_operations_are_reported_and_change_nothing() {
    let state = Fixture::new();
    let bad = json!([{"type": "increment", "path": "n", "by": 1}, {"type": "merge", "value": 1}]);
    let answer = state.call(Update, update(bad)).await.expect("answers");
    assert_eq!(answer["errors"][0]["op_index"], json!(1));
    assert_eq!(
        answer["errors"][0]["code"],
        json!("merge.value.not_an_object")
    );
    assert_eq!(answer["new_value"], json!({"n": 1}));
    let only_bad = json!([{"type": "append", "path": "n", "value": 1}]);
    let unchanged = state.call(Update, update(only_bad)).await.expect("answers");
    assert_eq!(unchanged["version"], answer["version"]);
    assert_eq!(unchanged["new_value"], answer["new_value"]);
    let missing = json!({"scope": "s", "key": "other", "ops": [{"type": "merge", "value": 1}]});
    let missing = state.call(Update, missing).await.expect("answers");
    assert_eq!(
        (&missing["new_value"], &missing["version"]),
        (&Value::Null, &json!(0))
    );
    assert_eq!(
        state.call(Get, json!({"scope": "s", "key": "other"})).await,
        None
    );
}

#[tokio::test]
async fn bad_updates_are_refused() {
    let state = Fixture::new();
    let many = vec![json!({"type": "remove", "path": "a"}); 1025];
    for input in [
        json!({"scope": "s", "key": "k"}),
        update(json!({})),
        update(json!([{"type": "nothing", "path": "a"}])),
        update(json!([{"path": "a"}])),
        update(Value::from(many)),
        json!({"scope": "s", "key": "k", "ops": [], "ttl_ms": 0}),
    ] {
        assert_eq!(state.code(Update, input).await, "INVALID_ARGUMENTS");
    }
}

#[tokio::test]
async fn updates_know_versions_expiry_and_size() {
    let config = Config {
        max_value_bytes: Some(12),
        ..Config::default()
    };
    let state = Fixture::with(&config, Bounds::default());
    let with = |field: &str, value: u64| {
        let mut input = update(add(1));
        input[field] = json!(value);
        input
    };
    assert_eq!(
        state.code(Update, with("if_version", 1)).await,
        "VERSION_MISMATCH"
    );
    let created = state
        .call(Update, with("if_version", 0))
        .await
        .expect("creates");
    assert_eq!(
        state.code(Update, with("if_version", 0)).await,
        "VERSION_MISMATCH"
    );
    state
        .call(
            Update,
            with("if_version", created["version"].as_u64().expect("u64")),
        )
        .await;
    state.call(Update, with("ttl_ms", 50)).await;
    state.clock.advance(Duration::from_millis(20));
    state.call(Update, update(add(1))).await;
    let touched = json!({"scope": "s", "key": "k", "ops": [], "ttl_ms": 100});
    state.clock.advance(Duration::from_millis(29));
    state.call(Update, touched).await;
    state.clock.advance(Duration::from_millis(99));
    assert_eq!(
        state.call(Get, update(json!([]))).await,
        Some(json!({"n": 4}))
    );
    state.clock.advance(Duration::from_millis(1));
    assert_eq!(
        state.call(Get, update(json!([]))).await,
        None,
        "updates kept the expiry"
    );
    let long = json!([{"type": "set", "path": "text", "value": "too long"}]);
    assert_eq!(state.code(Update, update(long)).await, "VALUE_TOO_LARGE");
}

/// Puts `{"n": number}` behind the worker's back.
fn meddle(number: u64) -> kv::Batch {
    kv::Batch {
        conditions: Vec::new(),
        writes: vec![kv::Write::Put {
            at: kv::Address::new("s", "k"),
            value: json!({ "n": number }).to_string().into(),
            expires_at: None,
        }],
    }
}

#[tokio::test]
async fn an_update_is_computed_anew_when_the_entry_changed_meanwhile() {
    for function in [Update, Batch] {
        let kv = Arc::new(LateKv::meddled_with([10, 20, 30].map(meddle)));
        let state = Fixture::over(&Config::default(), kv.clone());
        let mut op = update(add(1));
        let input = if function == Batch {
            op["type"] = json!("update");
            json!({ "ops": [op] })
        } else {
            op
        };
        state.call(function, input).await;
        assert_eq!(kv.meddling_left(), 0);
        assert_eq!(
            state.call(Get, update(json!([]))).await,
            Some(json!({"n": 31}))
        );
    }
}

#[tokio::test]
async fn an_update_that_never_finds_rest_gives_up() {
    for function in [Update, Batch] {
        let kv = Arc::new(LateKv::meddled_with((0..100).map(meddle)));
        let state = Fixture::over(&Config::default(), kv);
        let mut op = update(add(1));
        let input = if function == Batch {
            op["type"] = json!("update");
            json!({ "ops": [op] })
        } else {
            op
        };
        assert_eq!(state.code(function, input).await, "overloaded");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_updates_lose_nothing() {
    let state = Arc::new(Fixture::new());
    let mut running = tokio::task::JoinSet::new();
    for writer in 0..8 {
        let state = state.clone();
        running.spawn(async move {
            for round in 0..100 {
                state.call(Update, update(add(1))).await;
                // A field of another writer, so that updates are not the only writes around.
                let other = json!({"scope": "s", "key": format!("{writer}"), "value": round});
                state.call(Set, other).await;
            }
        });
    }
    running.join_all().await;
    assert_eq!(
        state.call(Get, update(json!([]))).await,
        Some(json!({"n": 800}))
    );
}
