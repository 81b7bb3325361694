//! batch: all or nothing.

use crate::functions::Function::{Batch, Get, List, Set};
use crate::testing::Fixture;
use iii_ports::kv::Bounds;
use serde_json::{Value, json};

fn set(key: &str, value: Value) -> Value {
    json!({"type": "set", "scope": "s", "key": key, "value": value})
}

fn batch(ops: impl Into<Vec<Value>>) -> Value {
    json!({ "ops": ops.into() })
}

async fn values(state: &Fixture) -> Value {
    state
        .call(List, json!({"scope": "s"}))
        .await
        .expect("lists")
}

#[tokio::test]
async fn operations_apply_in_order_and_answer_each() {
    let state = Fixture::new();
    state
        .call(Set, json!({"scope": "s", "key": "old", "value": "gone"}))
        .await;
    let ops = [
        json!({"type": "check", "scope": "s", "key": "a", "if_version": 0}),
        set("a", json!({"n": 1})),
        json!({"type": "update", "scope": "s", "key": "a",
            "ops": [{"type": "increment", "path": "n", "by": 4}]}),
        json!({"type": "delete", "scope": "s", "key": "old"}),
        json!({"type": "delete", "scope": "s", "key": "never"}),
        json!({"type": "update", "scope": "s", "key": "a", "ops": []}),
    ];
    let answer = state.call(Batch, batch(ops)).await.expect("answers");
    let results = answer["results"].as_array().expect("results");
    assert_eq!(results.len(), 6);
    assert_eq!(results[0], json!({"version": 0}));
    assert_eq!(results[1]["old_value"], Value::Null);
    assert_eq!(results[1]["new_value"], json!({"n": 1}));
    assert_eq!(results[2]["old_value"], json!({"n": 1}));
    assert_eq!(results[2]["new_value"], json!({"n": 5}));
    assert_eq!(results[3], json!({"old_value": "gone"}));
    assert_eq!(results[4], json!({"old_value": null}));
    assert_eq!(results[5]["new_value"], json!({"n": 5}));
    assert_eq!(results[5]["version"], results[2]["version"]);
    assert_eq!(values(&state).await, json!([{"n": 5}]));
    assert_eq!(
        state.call(Batch, batch([])).await,
        Some(json!({"results": []}))
    );
}

#[tokio::test]
async fn one_mismatch_undoes_everything() {
    let state = Fixture::new();
    let a = state
        .call(Set, json!({"scope": "s", "key": "a", "value": 1}))
        .await
        .expect("sets");
    let version = a["version"].as_u64().expect("u64");
    let failing = [
        json!({"type": "check", "scope": "s", "key": "a", "if_version": version + 1}),
        json!({"type": "set", "scope": "s", "key": "a", "value": 3, "if_version": 0}),
        json!({"type": "delete", "scope": "s", "key": "a", "if_version": version + 1}),
        json!({"type": "update", "scope": "s", "key": "a", "if_version": 0,
            "ops": [{"type": "set", "path": "", "value": 2}]}),
    ];
    for op in failing {
        let ops = [set("b", json!(2)), op.clone()];
        let failed = state.call_text(Batch, &batch(ops).to_string()).await;
        let (code, message) = failed.expect_err("a mismatch");
        assert_eq!(code, "VERSION_MISMATCH");
        assert!(message.starts_with("ops[1]: `a` in scope `s`"), "{message}");
        assert_eq!(values(&state).await, json!([1]));
    }
}

#[tokio::test]
async fn one_failed_update_operation_undoes_everything() {
    let state = Fixture::new();
    let ops = [
        set("a", json!("text")),
        json!({"type": "update", "scope": "s", "key": "a",
            "ops": [{"type": "increment", "path": "", "by": 1}]}),
    ];
    let failed = state.call_text(Batch, &batch(ops).to_string()).await;
    let (code, message) = failed.expect_err("not a number");
    assert_eq!(code, "increment.not_number");
    assert!(message.starts_with("ops[1]: operation 0:"), "{message}");
    assert_eq!(values(&state).await, json!([]));
}

#[tokio::test]
async fn bad_batches_are_refused_whole() {
    let bounds = Bounds {
        entries_max: 2,
        batch_items_max: 4,
        ..Bounds::default()
    };
    let state = Fixture::with(&crate::Config::default(), bounds);
    let good = set("a", json!(1));
    for (bad, code) in [
        (
            json!({"type": "set", "scope": "s", "key": "b"}),
            "INVALID_ARGUMENTS",
        ),
        (
            json!({"type": "check", "scope": "s", "key": "b"}),
            "INVALID_ARGUMENTS",
        ),
        (
            json!({"type": "update", "scope": "s", "key": "b"}),
            "INVALID_ARGUMENTS",
        ),
        (
            json!({"type": "get", "scope": "s", "key": "b"}),
            "INVALID_ARGUMENTS",
        ),
        (json!({"type": "delete", "key": "b"}), "INVALID_ARGUMENTS"),
    ] {
        assert_eq!(state.code(Batch, batch([good.clone(), bad])).await, code);
    }
    let three = [good.clone(), set("b", json!(1)), set("c", json!(1))];
    assert_eq!(state.code(Batch, batch(three)).await, "overloaded");
    assert_eq!(
        state.code(Batch, batch(vec![good; 5])).await,
        "INVALID_ARGUMENTS"
    );
    assert_eq!(values(&state).await, json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn transfers_keep_the_sum() {
    let state = std::sync::Arc::new(Fixture::new());
    for key in ["a", "b", "c"] {
        state
            .call(Set, json!({"scope": "s", "key": key, "value": 100}))
            .await;
    }
    let mut running = tokio::task::JoinSet::new();
    for (from, to) in [("a", "b"), ("b", "c"), ("c", "a"), ("b", "a")] {
        let state = state.clone();
        running.spawn(async move {
            let count = |key: &str, by: i64| {
                json!({"type": "update", "scope": "s", "key": key,
                    "ops": [{"type": "increment", "path": "", "by": by}]})
            };
            for _ in 0..100 {
                state
                    .call(Batch, batch([count(from, -1), count(to, 1)]))
                    .await;
                let balances = values(&state).await;
                let sum: i64 = balances
                    .as_array()
                    .expect("values")
                    .iter()
                    .filter_map(Value::as_i64)
                    .sum();
                assert_eq!(sum, 300, "nobody sees half a batch");
            }
        });
    }
    running.join_all().await;
    let b = state.call(Get, json!({"scope": "s", "key": "b"})).await;
    assert_eq!(b, Some(json!(0)));
}
