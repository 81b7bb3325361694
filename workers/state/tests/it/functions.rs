//! Calls over the engine.

use crate::world::{call, call_text, code, with_state};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn values_survive_the_way_byte_for_byte() {
    with_state(async |bench, _| {
        let value = r#"{"z": 1.0,"a":[1e2,123456789012345678901234567890],"u":"\u00e9"}"#;
        let set = format!(r#"{{"key":"k","value":{value},"scope":"s"}}"#);
        let answer = call_text(bench, "state::set", &set).await.unwrap().unwrap();
        assert!(answer.starts_with(&format!(
            r#"{{"old_value":null,"new_value":{value},"version":"#
        )));
        let get = r#"{"scope":"s","key":"k"}"#;
        assert_eq!(
            call_text(bench, "state::get", get)
                .await
                .unwrap()
                .as_deref(),
            Some(value)
        );
        let list = call_text(bench, "state::list", r#"{"scope":"s"}"#)
            .await
            .unwrap();
        assert_eq!(list, Some(format!("[{value}]")));
        let deleted = call_text(bench, "state::delete", get).await.unwrap();
        assert_eq!(deleted.as_deref(), Some(value));
        assert_eq!(call_text(bench, "state::get", get).await.unwrap(), None);
        assert_eq!(call_text(bench, "state::delete", get).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn every_function_answers() {
    with_state(async |bench, clock| {
        let set = json!({"scope": "s", "key": "k", "value": {"n": 1}, "if_version": 0});
        let made = call(bench, "state::set", set.clone()).await.unwrap();
        assert_eq!(code(bench, "state::set", set).await, "VERSION_MISMATCH");
        let add = json!([{"type": "increment", "path": "n", "by": 1}]);
        let update = json!({"scope": "s", "key": "k", "ops": add, "if_version": made["version"]});
        let updated = call(bench, "state::update", update).await.unwrap();
        assert_eq!(updated["new_value"], json!({"n": 2}));
        let ops = json!([
            {"type": "check", "scope": "s", "key": "k", "if_version": updated["version"]},
            {"type": "set", "scope": "t", "key": "l", "value": 1, "ttl_ms": 10},
        ]);
        let batch = call(bench, "state::batch", json!({"ops": ops}))
            .await
            .unwrap();
        assert_eq!(batch["results"][1]["new_value"], json!(1));
        let page = json!({"scope": "s", "keys": true, "limit": 1});
        let page = call(bench, "state::list", page).await.unwrap();
        let item = json!({"key": "k", "value": {"n": 2}, "version": updated["version"]});
        assert_eq!(page, json!({"items": [item], "cursor": null}));
        let groups = call(bench, "state::list_groups", json!({})).await.unwrap();
        assert_eq!(groups, json!({"groups": ["s", "t"]}));
        clock.advance(Duration::from_millis(10));
        let groups = call(bench, "state::list_groups", json!({})).await.unwrap();
        assert_eq!(groups, json!({"groups": ["s"]}));
        assert_eq!(
            code(bench, "state::get", json!({"scope": "s"})).await,
            "INVALID_ARGUMENTS"
        );
    })
    .await;
}

#[tokio::test]
async fn the_catalog_describes_the_worker() {
    with_state(async |bench, _| {
        for name in [
            "get",
            "set",
            "delete",
            "update",
            "list",
            "list_groups",
            "batch",
        ] {
            let id = format!("state::{name}");
            let info = json!({ "function_id": id });
            let info = call(bench, "engine::functions::info", info).await.unwrap();
            assert_eq!(info["worker_name"], json!("state"), "{info}");
            assert!(
                info["description"]
                    .as_str()
                    .is_some_and(|text| text.len() > 10),
                "{info}"
            );
            assert_eq!(info["request_schema"]["type"], json!("object"), "{info}");
            assert!(!info["response_schema"].is_null(), "{info}");
        }
        let set = json!({"function_id": "state::set"});
        let set = call(bench, "engine::functions::info", set).await.unwrap();
        let mut required: Vec<Value> = set["request_schema"]["required"]
            .as_array()
            .unwrap()
            .clone();
        required.sort_by_key(Value::to_string);
        assert_eq!(required, ["key", "scope", "value"]);
        let trigger = call(bench, "engine::triggers::info", json!({"id": "state"}))
            .await
            .unwrap();
        assert_eq!(trigger["worker_name"], json!("state"), "{trigger}");
        assert!(
            trigger["configuration_schema"]["properties"]["scope"].is_object(),
            "{trigger}"
        );
    })
    .await;
}
