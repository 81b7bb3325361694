//! Triggers: registrants are answered, providers are told, and both only of what concerns them.

use crate::support::{Peer, Setup, error_of};
use serde_json::{Value, json};

async fn claim(peer: &mut Peer, id: &str) {
    peer.send(&json!({ "type": "registertriggertype", "id": id }))
        .await;
}

async fn provide(peer: &mut Peer, id: &str) {
    claim(peer, id).await;
    peer.wait_type("triggertyperegistered").await;
}

async fn register(peer: &mut Peer, id: &str, config: Value) {
    peer.send(&json!({
        "type": "registertrigger", "id": id, "trigger_type": "tick", "function_id": "f::a",
        "config": config,
    }))
    .await;
}

/// The provider's answer to what it was told of.
async fn decide(provider: &mut Peer, told: &Value, error: Option<Value>) {
    let mut result = json!({
        "type": "triggerregistrationresult", "id": told["id"], "trigger_type": "tick",
        "function_id": told["function_id"],
    });
    if let Some(error) = error {
        result["error"] = error;
    }
    provider.send(&result).await;
}

async fn answered(peer: &mut Peer, id: &str) -> Value {
    let of = |m: &Value| m["type"] == "triggerregistrationresult" && m["id"] == *id;
    peer.wait(of).await
}

#[test]
fn a_provider_accepts_or_refuses() {
    Setup::new().run(async |rig| {
        let mut provider = rig.worker("alpha").await;
        provide(&mut provider, "tick").await;
        let mut consumer = rig.plain("beta").await;
        consumer
            .send(&json!({
                "type": "registertrigger", "id": "t1", "trigger_type": "tick",
                "function_id": "f::a", "config": { "n": 1.0 }, "metadata": { "m": 1 },
            }))
            .await;
        let told = provider.wait_type("registertrigger").await;
        let expected = json!({
            "type": "registertrigger", "id": "t1", "trigger_type": "tick", "function_id": "f::a",
            "config": { "n": 1.0 }, "metadata": { "m": 1 }, "namespace": "default",
            "trigger_namespace": "default",
        });
        assert_eq!(told, expected);
        consumer.assert_silent().await;
        decide(&mut provider, &told, None).await;
        let result = answered(&mut consumer, "t1").await;
        assert_eq!(result.get("error"), None, "success is told too");
        register(&mut consumer, "t2", json!({ "bad": true })).await;
        let told = provider.wait_type("registertrigger").await;
        let error = json!({ "code": "bad_config", "message": "no" });
        decide(&mut provider, &told, Some(error.clone())).await;
        assert_eq!(answered(&mut consumer, "t2").await["error"], error);
        // The end of one that was accepted is told, of one that was refused it is not.
        for id in ["t2", "t1"] {
            consumer
                .send(&json!({ "type": "unregistertrigger", "id": id }))
                .await;
        }
        let ended = provider.wait_type("unregistertrigger").await;
        assert_eq!(
            (&ended["id"], &ended["trigger_type"]),
            (&json!("t1"), &json!("tick"))
        );
        provider.assert_silent().await;
    });
}

#[test]
fn without_a_provider_a_trigger_is_parked_until_there_is_one() {
    Setup::new().run(async |rig| {
        let mut consumer = rig.plain("beta").await;
        register(&mut consumer, "t1", json!({})).await;
        assert_eq!(answered(&mut consumer, "t1").await.get("error"), None);
        let mut first = rig.worker("alpha").await;
        provide(&mut first, "tick").await;
        let told = first.wait_type("registertrigger").await;
        decide(&mut first, &told, None).await;
        assert_eq!(answered(&mut consumer, "t1").await.get("error"), None);
        // A replica stands by, and is told when it has to serve.
        let mut second = rig.worker("alpha").await;
        provide(&mut second, "tick").await;
        second.assert_silent().await;
        drop(first);
        let told = second.wait_type("registertrigger").await;
        assert_eq!(told["id"], "t1");
        decide(&mut second, &told, None).await;
        answered(&mut consumer, "t1").await;
        // A provider that gives its type up is told of the end of its triggers.
        second
            .send(&json!({ "type": "unregistertriggertype", "id": "tick" }))
            .await;
        assert_eq!(second.wait_type("unregistertrigger").await["id"], "t1");
        second.assert_silent().await;
    });
}

#[test]
fn whoever_waits_for_a_provider_that_leaves_is_answered() {
    Setup::new().run(async |rig| {
        let mut provider = rig.worker("alpha").await;
        provide(&mut provider, "tick").await;
        let mut consumer = rig.plain("beta").await;
        register(&mut consumer, "t1", json!({})).await;
        provider.wait_type("registertrigger").await;
        drop(provider);
        let result = answered(&mut consumer, "t1").await;
        assert_eq!(
            result.get("error"),
            None,
            "it is parked, as if there had been none"
        );
    });
}

#[test]
fn equal_triggers_of_replicas_are_one() {
    Setup::new().run(async |rig| {
        let mut provider = rig.worker("alpha").await;
        provide(&mut provider, "tick").await;
        let mut first = rig.plain("beta").await;
        let mut second = rig.plain("beta").await;
        register(&mut first, "t1", json!({ "a": 1, "b": 2 })).await;
        let told = provider.wait_type("registertrigger").await;
        decide(&mut provider, &told, None).await;
        answered(&mut first, "t1").await;
        second
            .text(
                r#"{"type":"registertrigger","id":"other","trigger_type":"tick",
                    "function_id":"f::a","config":{ "b": 2, "a": 1 }}"#,
            )
            .await;
        let joined = answered(&mut second, "other").await;
        assert_eq!(joined.get("error"), None);
        provider.assert_silent().await;
        // Two of one session stay two; so do those of another worker or with another config.
        register(&mut second, "again", json!({ "a": 1, "b": 2 })).await;
        let two = provider.wait_type("registertrigger").await;
        assert_eq!(two["id"], "again");
        let mut stranger = rig.plain("gamma").await;
        register(&mut stranger, "t1", json!({ "a": 1, "b": 2 })).await;
        let three = provider.wait_type("registertrigger").await;
        assert_ne!(three["id"], "t1", "the provider can tell them apart");
        // It ends when the last replica leaves.
        drop(first);
        rig.until("the first replica has left", || {
            rig.engine.connections() == 4
        })
        .await;
        provider.assert_silent().await;
        second
            .send(&json!({ "type": "unregistertrigger", "id": "other" }))
            .await;
        assert_eq!(provider.wait_type("unregistertrigger").await["id"], "t1");
        drop(stranger);
        assert_eq!(
            provider.wait_type("unregistertrigger").await["id"],
            three["id"]
        );
        provider.assert_silent().await;
    });
}

#[test]
fn only_its_owner_ends_a_trigger_and_only_its_provider_answers_for_it() {
    Setup::new().run(async |rig| {
        let mut provider = rig.worker("alpha").await;
        provide(&mut provider, "tick").await;
        let mut owner = rig.plain("beta").await;
        register(&mut owner, "t1", json!({})).await;
        let told = provider.wait_type("registertrigger").await;
        let mut stranger = rig.plain("gamma").await;
        stranger
            .send(&json!({ "type": "unregistertrigger", "id": "t1" }))
            .await;
        let forged = json!({ "code": "forged", "message": "" });
        decide(&mut stranger, &told, Some(forged)).await;
        let unbound = stranger
            .call("engine::unregister_trigger", json!({ "id": "t1" }))
            .await;
        assert_eq!(unbound, Ok(json!({ "removed": false })));
        stranger.assert_silent().await;
        provider.assert_silent().await;
        owner.assert_silent().await;
        decide(&mut provider, &told, None).await;
        assert_eq!(answered(&mut owner, "t1").await.get("error"), None);
    });
}

#[test]
fn an_id_used_again_replaces() {
    Setup::new().run(async |rig| {
        let mut provider = rig.worker("alpha").await;
        provide(&mut provider, "tick").await;
        let mut owner = rig.plain("beta").await;
        register(&mut owner, "t1", json!({ "old": true })).await;
        let old = provider.wait_type("registertrigger").await;
        register(&mut owner, "t1", json!({ "old": false })).await;
        assert_eq!(provider.wait_type("unregistertrigger").await["id"], "t1");
        let new = provider.wait_type("registertrigger").await;
        assert_eq!(new["config"], json!({ "old": false }));
        // The answer to the old one is not taken for the new one's.
        let error = json!({ "code": "stale", "message": "" });
        decide(&mut provider, &old, Some(error)).await;
        provider.sync().await;
        owner.assert_silent().await;
        decide(&mut provider, &new, None).await;
        assert_eq!(answered(&mut owner, "t1").await.get("error"), None);
        owner
            .send(&json!({ "type": "unregistertrigger", "id": "t1" }))
            .await;
        assert_eq!(provider.wait_type("unregistertrigger").await["id"], "t1");
    });
}

#[test]
fn a_provider_is_looked_for_in_ones_own_namespace_first() {
    Setup::new().run(async |rig| {
        let mut common = rig.worker("alpha").await;
        provide(&mut common, "tick").await;
        let mut consumer = rig.connect().await;
        consumer.name("beta", Some("west"), false).await;
        register(&mut consumer, "t1", json!({})).await;
        let told = common.wait_type("registertrigger").await;
        assert_eq!(told["trigger_namespace"], "default");
        decide(&mut common, &told, None).await;
        answered(&mut consumer, "t1").await;
        // An own provider takes over, and gives back.
        let mut own = rig.connect().await;
        own.name("gamma", Some("west"), true).await;
        provide(&mut own, "tick").await;
        assert_eq!(common.wait_type("unregistertrigger").await["id"], "t1");
        let told = own.wait_type("registertrigger").await;
        assert_eq!(told["trigger_namespace"], "west");
        drop(own);
        common.wait_type("registertrigger").await;
        // An explicit namespace is strict.
        consumer
            .send(&json!({
                "type": "registertrigger", "id": "t2", "trigger_type": "tick",
                "function_id": "f::a", "config": {}, "trigger_namespace": "east",
            }))
            .await;
        assert_eq!(answered(&mut consumer, "t2").await.get("error"), None);
        common.assert_silent().await;
    });
}

#[test]
fn a_trigger_type_belongs_to_one_worker_name() {
    Setup::new().run(async |rig| {
        let mut owner = rig.worker("alpha").await;
        provide(&mut owner, "tick").await;
        let mut other = rig.worker("beta").await;
        claim(&mut other, "tick").await;
        let rejected = other.wait_type("registrationrejected").await;
        assert_eq!(rejected["function_id"], "tick");
        assert_eq!(rejected["trigger_type"], "tick");
        assert_eq!(rejected["owner_worker_id"], owner.worker_id);
        claim(&mut other, "engine::mine").await;
        let rejected = other.wait_type("registrationrejected").await;
        assert_eq!(rejected["owner_worker_id"], "");
        register(&mut other, "t1", json!({})).await;
        let told = owner.wait_type("registertrigger").await;
        let error = json!({ "code": "no", "message": "" });
        decide(&mut owner, &told, Some(error)).await;
        assert_eq!(error_of(&answered(&mut other, "t1").await), "no");
    });
}
