//! set, get, delete: values, versions, expiry, bounds, bad input.

use crate::config::Config;
use crate::functions::Function::{Delete, Get, ListGroups, Set};
use crate::testing::Fixture;
use iii_ports::kv::Bounds;
use serde_json::{Value, json};
use std::time::Duration;

fn at(key: &str) -> Value {
    json!({"scope": "s", "key": key})
}

#[tokio::test]
async fn values_come_back_byte_for_byte() {
    let state = Fixture::new();
    for value in [
        "{\"z\": 1.0,\"a\":1e2, \"big\":123456789012345678901234567890}",
        "null",
        "\"\\u00e9\\/\"",
        "[ ]",
        "-0.0",
    ] {
        let set = format!(r#"{{"scope":"s","value":  {value} ,"key":"k"}}"#);
        let answer = state
            .call_text(Set, &set)
            .await
            .expect("sets")
            .expect("answers");
        assert!(
            answer.contains(&format!("\"new_value\":{value},")),
            "{answer}"
        );
        let get = state
            .call_text(Get, r#"{"scope":"s","key":"k"}"#)
            .await
            .expect("gets");
        assert_eq!(get.as_deref(), Some(value));
    }
}

#[tokio::test]
async fn answers_have_the_published_shapes() {
    let state = Fixture::new();
    assert_eq!(state.call(Get, at("k")).await, None);
    assert_eq!(state.call(Delete, at("k")).await, None);
    let first = state
        .call(Set, json!({"scope": "s", "key": "k", "value": {"a": 1}}))
        .await;
    let first = first.expect("an answer");
    assert_eq!(
        (&first["old_value"], &first["new_value"]),
        (&Value::Null, &json!({"a": 1}))
    );
    let second = state
        .call(Set, json!({"scope": "s", "key": "k", "data": [2]}))
        .await;
    let second = second.expect("an answer");
    assert_eq!(
        (&second["old_value"], &second["new_value"]),
        (&json!({"a": 1}), &json!([2]))
    );
    assert!(second["version"].as_u64() > first["version"].as_u64());
    assert_eq!(state.call(Delete, at("k")).await, Some(json!([2])));
    assert_eq!(state.call(Get, at("k")).await, None);
    state
        .call(Set, json!({"scope": "s", "key": "k", "value": null}))
        .await;
    let null = state
        .call_text(Get, r#"{"scope":"s","key":"k"}"#)
        .await
        .expect("gets");
    assert_eq!(
        null.as_deref(),
        Some("null"),
        "a stored null is not an absent entry"
    );
}

#[tokio::test]
async fn names_with_escapes_are_the_names_they_mean() {
    let state = Fixture::new();
    let set = r#"{"scope":"\u0073","key":"q\"\\\n","value":1,"_caller_worker_id":"w"}"#;
    state.call_text(Set, set).await.expect("sets");
    assert_eq!(state.call(Get, at("q\"\\\n")).await, Some(json!(1)));
}

#[tokio::test]
async fn if_version_is_compare_and_set() {
    let state = Fixture::new();
    let set = |version: u64, value: u64| {
        let value = json!(value);
        json!({"scope": "s", "key": "k", "value": value, "if_version": version})
    };
    let version = state.call(Set, set(0, 1)).await.expect("creates")["version"].clone();
    let version = version.as_u64().expect("a number");
    assert_eq!(state.code(Set, set(0, 2)).await, "VERSION_MISMATCH");
    let next = state.call(Set, set(version, 2)).await.expect("updates")["version"].clone();
    let (_, message) = state
        .call_text(Set, &set(version, 3).to_string())
        .await
        .expect_err("old");
    assert!(
        message.contains(&format!("has version {next}")),
        "{message}"
    );
    let delete = |version: u64| json!({"scope": "s", "key": "k", "if_version": version});
    assert_eq!(
        state.code(Delete, delete(version)).await,
        "VERSION_MISMATCH"
    );
    let deleted = state
        .call(Delete, delete(next.as_u64().expect("a number")))
        .await;
    assert_eq!(deleted, Some(json!(2)));
    assert_eq!(state.code(Set, set(version, 3)).await, "VERSION_MISMATCH");
    state
        .call(
            Set,
            json!({"scope": "s", "key": "k", "value": 4, "if_version": null}),
        )
        .await;
}

#[tokio::test]
async fn entries_expire() {
    let state = Fixture::new();
    let set = |ttl| json!({"scope": "s", "key": "k", "value": 1, "ttl_ms": ttl});
    state.call(Set, set(json!(50))).await;
    state.clock.advance(Duration::from_millis(49));
    assert_eq!(state.call(Get, at("k")).await, Some(json!(1)));
    state.clock.advance(Duration::from_millis(1));
    assert_eq!(state.call(Get, at("k")).await, None);
    assert_eq!(
        state.call(ListGroups, json!({})).await,
        Some(json!({"groups": []}))
    );
    assert_eq!(state.call(Delete, at("k")).await, None);
    state.call(Set, set(json!(50))).await;
    let again = state.call(Set, set(Value::Null)).await.expect("sets");
    assert_eq!(again["old_value"], json!(1));
    state.clock.advance(Duration::from_hours(1));
    assert_eq!(
        state.call(Get, at("k")).await,
        Some(json!(1)),
        "a set without ttl_ms stays"
    );
    assert_eq!(state.code(Set, set(json!(0))).await, "INVALID_ARGUMENTS");
}

#[tokio::test]
async fn bad_input_is_named() {
    let state = Fixture::new();
    for (input, why) in [
        (json!({}), "`scope` is missing"),
        (json!({"scope": "s", "value": 1}), "`key` is missing"),
        (json!({"scope": "s", "key": "k"}), "`value` is missing"),
        (
            json!({"scope": 1, "key": "k", "value": 1}),
            "`scope` is integer `1`, expected a string",
        ),
        (
            json!({"scope": "s", "key": "k", "value": 1, "tll_ms": 5}),
            "unknown field `tll_ms`, did you mean `ttl_ms`?",
        ),
        (
            json!({"scope": "s", "key": "k", "value": 1, "if_version": -1}),
            "`if_version` is integer `-1`, expected a whole number from 0",
        ),
        (
            json!({"scope": "s", "key": "k", "value": 1, "ttl_ms": "1s"}),
            "`ttl_ms` is string \"1s\", expected a whole number from 0",
        ),
        (
            json!({"scope": "s", "key": "k", "value": 1, "data": 2}),
            "`value` is given twice",
        ),
        (
            json!(["s", "k", 1, null, null]),
            "the input must be an object",
        ),
        (json!("x"), "the input must be an object"),
        (
            json!({"scope": "s", "key": "k".repeat(1025), "value": 1}),
            "a scope or key has 1025",
        ),
    ] {
        let failed = state.call_text(Set, &input.to_string()).await;
        let (code, message) = failed.expect_err("bad input fails");
        assert_eq!(code, "INVALID_ARGUMENTS", "{input}");
        assert!(message.starts_with(why), "{input}: {message}");
    }
    assert_eq!(
        state.call(ListGroups, json!({})).await,
        Some(json!({"groups": []}))
    );
}

#[tokio::test]
async fn values_and_the_store_are_bounded() {
    let config = Config {
        max_value_bytes: Some(8),
        ..Config::default()
    };
    let state = Fixture::with(
        &config,
        Bounds {
            entries_max: 2,
            ..Bounds::default()
        },
    );
    let set = |key: &str, value: Value| json!({"scope": "s", "key": key, "value": value});
    assert_eq!(
        state.code(Set, set("a", json!("1234567"))).await,
        "VALUE_TOO_LARGE"
    );
    state.call(Set, set("a", json!("123456"))).await;
    state.call(Set, set("b", json!(1))).await;
    assert_eq!(state.code(Set, set("c", json!(1))).await, "overloaded");
    state.call(Set, set("a", json!(2))).await;
    state.call(Delete, at("b")).await;
    state.call(Set, set("c", json!(1))).await;
}

#[tokio::test]
async fn a_closed_store_says_that_it_stops() {
    use iii_backend_memory::MemoryKv;
    use iii_ports::kv::Kv;
    use std::sync::Arc;
    let kv = Arc::new(MemoryKv::new(Bounds::default()));
    kv.close().await;
    let state = Fixture::over(&Config::default(), kv);
    assert_eq!(state.code(Get, at("k")).await, "shutting_down");
    assert_eq!(state.code(Delete, at("k")).await, "shutting_down");
}
