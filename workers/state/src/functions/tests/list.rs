//! list and list_groups.

use crate::functions::Function::{Delete, List, ListGroups, Set};
use crate::testing::Fixture;
use serde_json::{Value, json};

async fn fill(state: &Fixture, scope: &str, keys: &[&str]) {
    for key in keys {
        state
            .call(
                Set,
                json!({"scope": scope, "key": key, "value": {"is": key}}),
            )
            .await;
    }
}

#[tokio::test]
async fn a_plain_list_is_an_array_of_values() {
    let state = Fixture::new();
    assert_eq!(
        state.call(List, json!({"scope": "s"})).await,
        Some(json!([]))
    );
    fill(&state, "s", &["b", "a", "c"]).await;
    fill(&state, "t", &["x"]).await;
    let values = json!([{"is": "a"}, {"is": "b"}, {"is": "c"}]);
    assert_eq!(state.call(List, json!({"scope": "s"})).await, Some(values));
    let some = state
        .call(List, json!({"scope": "s", "limit": 1, "cursor": ">a"}))
        .await;
    assert_eq!(some, Some(json!([{"is": "b"}])));
    state
        .call_text(Set, r#"{"scope":"u","key":"k","value":{"z":1.0, "a":1}}"#)
        .await
        .expect("ok");
    let raw = state
        .call_text(List, r#"{"scope":"u"}"#)
        .await
        .expect("lists");
    assert_eq!(raw.as_deref(), Some(r#"[{"z":1.0, "a":1}]"#));
}

#[tokio::test]
async fn a_long_list_is_complete() {
    let state = Fixture::new();
    for index in 0..2500 {
        let set = json!({"scope": "s", "key": format!("{index:05}"), "value": index});
        state.call(Set, set).await;
    }
    let all = state
        .call(List, json!({"scope": "s"}))
        .await
        .expect("lists");
    assert_eq!(all, Value::from((0..2500).collect::<Vec<u64>>()));
}

#[tokio::test]
async fn pages_have_keys_values_versions_and_a_cursor() {
    let state = Fixture::new();
    fill(&state, "s", &["a/1", "a/2", "a/3", "b"]).await;
    let mut seen = Vec::new();
    let mut cursor = Value::Null;
    loop {
        let page = json!({
            "scope": "s", "prefix": "a/", "keys": true, "limit": 2, "cursor": cursor
        });
        let page = state.call(List, page).await.expect("a page");
        let items = page["items"].as_array().expect("items").clone();
        assert!(items.len() <= 2);
        seen.extend(items);
        cursor = page["cursor"].clone();
        if cursor.is_null() {
            break;
        }
    }
    let keys: Vec<_> = seen
        .iter()
        .map(|item| item["key"].as_str().expect("a key"))
        .collect();
    assert_eq!(keys, ["a/1", "a/2", "a/3"]);
    assert_eq!(seen[1]["value"], json!({"is": "a/2"}));
    let versions: Vec<_> = seen
        .iter()
        .filter_map(|item| item["version"].as_u64())
        .collect();
    assert!(versions.len() == 3 && versions.is_sorted(), "{versions:?}");
}

#[tokio::test]
async fn a_walk_stands_changes_around_its_cursor() {
    let state = Fixture::new();
    let keys: Vec<String> = (0..40).map(|index| format!("k{index:02}")).collect();
    fill(
        &state,
        "s",
        &keys.iter().map(String::as_str).collect::<Vec<_>>(),
    )
    .await;
    let mut seen = Vec::new();
    let mut cursor = json!("");
    while !cursor.is_null() {
        let page = json!({"scope": "s", "keys": true, "limit": 3, "cursor": cursor});
        let page = state.call(List, page).await.expect("a page");
        for item in page["items"].as_array().expect("items") {
            let key = item["key"].as_str().expect("a key").to_owned();
            if key.ends_with(['0', '5']) {
                state.call(Delete, json!({"scope": "s", "key": key})).await;
            }
            seen.push(key);
        }
        fill(&state, "s", &["a-before", "k10x"]).await;
        cursor = page["cursor"].clone();
    }
    assert!(seen.is_sorted_by(|a, b| a < b), "{seen:?}");
    assert!(
        keys.iter().all(|key| seen.contains(key)),
        "nothing that stayed is missed"
    );
}

#[tokio::test]
async fn bad_pages_are_refused() {
    let state = Fixture::new();
    for input in [
        json!({}),
        json!({"scope": "s", "limit": 0}),
        json!({"scope": "s", "limit": 10_001, "keys": true}),
        json!({"scope": "s", "cursor": "a"}),
        json!({"scope": "s", "keys": "yes"}),
    ] {
        assert_eq!(state.code(List, input).await, "INVALID_ARGUMENTS");
    }
}

#[tokio::test]
async fn groups_are_the_scopes_that_hold_something() {
    let state = Fixture::new();
    fill(&state, "t", &["x"]).await;
    fill(&state, "s\"", &["x", "y"]).await;
    let groups = || async { state.call(ListGroups, json!({})).await.expect("groups") };
    assert_eq!(groups().await, json!({"groups": ["s\"", "t"]}));
    state.call(Delete, json!({"scope": "t", "key": "x"})).await;
    state
        .call(Delete, json!({"scope": "s\"", "key": "x"}))
        .await;
    assert_eq!(groups().await, json!({"groups": ["s\""]}));
}
