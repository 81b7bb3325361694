//! What exists can be asked for, and changes are pushed.

use crate::support::{Peer, Rig, Setup, code};
use serde_json::{Value, json};

async fn ask(peer: &mut Peer, function: &str, input: Value) -> Value {
    let answer = peer.call(function, input).await;
    answer.unwrap_or_else(|error| panic!("{function}: {error}"))
}

/// Two workers in two namespaces and what they offer.
async fn offers(rig: &Rig) -> (Peer, Peer) {
    let mut worker = rig.plain("alpha").await;
    worker
        .offer_as(json!({
            "id": "f::a", "description": "Adds.", "metadata": { "k": 1 },
            "request_format": { "type": "object" }, "response_format": { "type": "number" },
            "timeout_ms": 5000, "exclusive": true,
        }))
        .await;
    worker.offer("g::b").await;
    let mut west = rig.connect().await;
    west.name("beta", Some("west"), false).await;
    west.offer("f::a").await;
    (worker, west)
}

#[test]
fn functions_are_listed() {
    Setup::new().run(async |rig| {
        let (mut worker, _west) = offers(rig).await;
        let list = "engine::functions::list";
        let all = ask(&mut worker, list, Value::Null).await;
        let brief = json!({
            "function_id": "f::a", "namespace": "default", "worker_name": "alpha",
            "description": "Adds.", "metadata": { "k": 1 }, "replicas": 1,
        });
        assert_eq!(all["functions"][0], brief);
        for (filter, count) in [
            (json!({}), 3),
            (json!({ "prefix": "f::" }), 2),
            (json!({ "search": "ADDS" }), 1),
            (json!({ "search": "b" }), 1),
            (json!({ "worker": "beta" }), 1),
            (json!({ "workers": ["alpha", "nobody"] }), 2),
            (json!({ "namespace": "west" }), 1),
            (json!({ "prefix": "nothing" }), 0),
        ] {
            let listed = ask(&mut worker, list, filter.clone()).await;
            assert_eq!(
                listed["functions"].as_array().map(Vec::len),
                Some(count),
                "{filter}"
            );
        }
        let with_own = ask(&mut worker, list, json!({ "include_internal": true })).await;
        let own = with_own["functions"].as_array().expect("a list").iter();
        assert!(
            own.into_iter()
                .any(|f| f["function_id"] == "engine::workers::register")
        );
    });
}

#[test]
fn functions_are_described() {
    Setup::new().run(async |rig| {
        let (mut worker, _west) = offers(rig).await;
        let info = "engine::functions::info";
        let told = ask(&mut worker, info, json!({ "function_id": "f::a" })).await;
        assert_eq!(told["request_schema"], json!({ "type": "object" }));
        assert_eq!(told["response_schema"], json!({ "type": "number" }));
        assert_eq!(
            (&told["timeout_ms"], &told["exclusive"]),
            (&json!(5000), &json!(true))
        );
        let several = ask(&mut worker, info, json!({ "function_ids": ["f::a", "no"] })).await;
        assert_eq!(several["functions"][0]["function_id"], "f::a");
        assert_eq!(several["functions"][1]["function_id"], "no");
        assert!(several["functions"][1]["error"].is_string());
        for (input, expected) in [
            (json!({ "function_id": "no" }), "NOT_FOUND"),
            (
                json!({ "function_id": "g::b", "namespace": "west" }),
                "NOT_FOUND",
            ),
            (json!({}), "INVALID_ARGUMENTS"),
            (
                json!({ "function_ids": vec!["f"; 33] }),
                "INVALID_ARGUMENTS",
            ),
            (json!({ "function_id": 7 }), "INVALID_ARGUMENTS"),
            (json!("text"), "INVALID_ARGUMENTS"),
        ] {
            let refused = worker.call(info, input.clone()).await;
            assert_eq!(code(&refused), expected, "{input}");
        }
    });
}

#[test]
fn workers_are_listed_and_described() {
    Setup::new().run(async |rig| {
        let mut worker = rig.plain("alpha").await;
        worker.offer("f::a").await;
        let mut twin = rig.plain("alpha").await;
        twin.offer("f::a").await;
        let _unnamed = rig.connect().await;
        let listed = ask(&mut worker, "engine::workers::list", json!({})).await;
        let workers = listed["workers"].as_array().expect("a list");
        assert_eq!(
            workers.len(),
            2,
            "connections without a process are left out"
        );
        let found = workers.iter().find(|w| w["id"] == worker.worker_id);
        let found = found.expect("the worker itself");
        assert_eq!(found["name"], "alpha");
        assert_eq!(found["runtime"], "raw");
        assert_eq!(found["status"], "connected");
        assert_eq!(found["function_count"], 1);
        assert_eq!(found["active_invocations"], 0);
        assert_eq!(found["ip_address"], "127.0.0.1");
        assert!(found["connected_at_ms"].as_u64().is_some_and(|ms| ms > 0));
        let told = ask(
            &mut twin,
            "engine::workers::info",
            json!({ "name": "alpha" }),
        )
        .await;
        assert_eq!(told["replicas"].as_array().map(Vec::len), Some(2));
        assert_eq!(told["functions"][0]["replicas"], 2);
        worker.send(&json!({ "type": "drain" })).await;
        worker.sync().await;
        let listed = ask(&mut twin, "engine::workers::list", json!({})).await;
        let workers = listed["workers"].as_array().expect("a list").iter();
        let mut draining = workers.filter(|w| w["status"] == "draining");
        assert_eq!(draining.next().expect("one")["id"], worker.worker_id);
        let nobody = twin
            .call("engine::workers::info", json!({ "name": "nobody" }))
            .await;
        assert_eq!(code(&nobody), "NOT_FOUND");
    });
}

/// A provider of the trigger type `tick`.
async fn tick(rig: &Rig) -> Peer {
    let mut provider = rig.plain("alpha").await;
    provider
        .send(&json!({
            "type": "registertriggertype", "id": "tick", "description": "Ticks.",
            "trigger_request_format": { "type": "object" },
        }))
        .await;
    provider.sync().await;
    provider
}

#[test]
fn triggers_are_listed_and_described() {
    Setup::new().run(async |rig| {
        let mut provider = tick(rig).await;
        let mut consumer = rig.plain("beta").await;
        let long = "x".repeat(200);
        consumer
            .send(&json!({
                "type": "registertrigger", "id": "t1", "trigger_type": "tick",
                "function_id": "f::a", "config": { "long": long }, "metadata": { "m": 1 },
            }))
            .await;
        let told = provider.wait_type("registertrigger").await;
        let list = "engine::registered-triggers::list";
        let listed = ask(&mut consumer, list, json!({})).await;
        let trigger = &listed["registered_triggers"][0];
        assert_eq!(trigger["status"], "pending");
        assert_eq!(trigger["worker_name"], "beta");
        assert_eq!(trigger["config"]["long"], long);
        let summary = trigger["config_summary"].as_str().expect("a summary");
        assert_eq!(summary.chars().count(), 81, "80 characters and a mark");
        provider
            .send(&json!({
                "type": "triggerregistrationresult", "id": told["id"], "trigger_type": "tick",
                "function_id": "f::a",
            }))
            .await;
        provider.sync().await;
        let info = "engine::registered-triggers::info";
        let told = ask(&mut consumer, info, json!({ "id": "t1" })).await;
        assert_eq!(told["status"], "bound");
        assert_eq!(told["metadata"], json!({ "m": 1 }));
        assert_eq!(told["trigger"]["id"], "tick");
        assert_eq!(told["function"], Value::Null, "nobody offers it yet");
        for (filter, count) in [
            (json!({ "trigger_type": "tick" }), 1),
            (json!({ "trigger_type": "tock" }), 0),
            (json!({ "worker": "beta", "function_id": "f::a" }), 1),
        ] {
            let listed = ask(&mut consumer, list, filter.clone()).await;
            let found = listed["registered_triggers"].as_array().map(Vec::len);
            assert_eq!(found, Some(count), "{filter}");
        }
        assert_eq!(
            code(&consumer.call(info, json!({ "id": "no" })).await),
            "NOT_FOUND"
        );
    });
}

#[test]
fn trigger_types_are_listed_and_described() {
    Setup::new().run(async |rig| {
        let mut consumer = rig.plain("beta").await;
        let _provider = tick(rig).await;
        consumer
            .send(&json!({
                "type": "registertrigger", "id": "t1", "trigger_type": "tick",
                "function_id": "f::a", "config": {},
            }))
            .await;
        let types = ask(&mut consumer, "engine::triggers::list", json!({})).await;
        let ids: Vec<_> = types["triggers"]
            .as_array()
            .expect("a list")
            .iter()
            .collect();
        assert_eq!(ids.len(), 3);
        assert_eq!(ids[2]["id"], "tick");
        let kind = ask(
            &mut consumer,
            "engine::triggers::info",
            json!({ "id": "tick" }),
        )
        .await;
        assert_eq!(kind["configuration_schema"], json!({ "type": "object" }));
        assert_eq!(kind["instance_count"], 1);
        let refused = consumer
            .call("engine::triggers::info", json!({ "id": "no" }))
            .await;
        assert_eq!(code(&refused), "NOT_FOUND");
    });
}

#[test]
fn changes_of_functions_are_pushed() {
    Setup::new().run(async |rig| {
        let mut watcher = rig.worker("watcher").await;
        watcher.offer("watch::listing").await;
        watcher
            .send(&json!({
                "type": "registertrigger", "id": "t1", "config": {}, "metadata": { "m": 1 },
                "trigger_type": "engine::functions-available", "function_id": "watch::listing",
            }))
            .await;
        let result = watcher.wait_type("triggerregistrationresult").await;
        assert_eq!(result.get("error"), None);
        let mut other = rig.plain("alpha").await;
        other.offer("f::a").await;
        let has = |message: &Value, id: &str| {
            let functions = message["data"]["functions"].as_array().expect("a list");
            functions.iter().any(|f| f["function_id"] == id)
        };
        let push = watcher
            .wait(|m| m["type"] == "invokefunction" && has(m, "f::a"))
            .await;
        assert_eq!(push["data"]["event"], "functions_changed");
        assert_eq!(push["function_id"], "watch::listing");
        assert_eq!(push["metadata"], json!({ "m": 1 }));
        // A storm of changes ends with a listing that is complete.
        for n in 0..200 {
            other
                .send(&json!({ "type": "registerfunction", "id": format!("storm::{n}") }))
                .await;
        }
        watcher
            .wait(|m| m["type"] == "invokefunction" && has(m, "storm::199"))
            .await;
        drop(other);
        let gone = |m: &Value| m["type"] == "invokefunction" && !has(m, "storm::0");
        let last = watcher.wait(gone).await;
        assert_eq!(last["data"]["functions"].as_array().map(Vec::len), Some(1));
    });
}

#[test]
fn changes_of_workers_are_pushed() {
    Setup::new().run(async |rig| {
        let mut watcher = rig.worker("watcher").await;
        watcher.offer("watch::workers").await;
        watcher
            .send(&json!({
                "type": "registertrigger", "id": "t1", "config": null,
                "trigger_type": "engine::workers-available", "function_id": "watch::workers",
            }))
            .await;
        watcher.wait_type("triggerregistrationresult").await;
        let other = rig.plain("alpha").await;
        let worker_id = other.worker_id.clone();
        for event in ["worker_connected", "worker_metadata_updated"] {
            let push = watcher.given().await;
            assert_eq!(
                push["data"],
                json!({ "event": event, "worker_id": worker_id })
            );
        }
        drop(other);
        let push = watcher.given().await;
        let left = json!({ "event": "worker_disconnected", "worker_id": worker_id });
        assert_eq!(push["data"], left);
    });
}
