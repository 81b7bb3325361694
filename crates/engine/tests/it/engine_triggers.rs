//! Triggers bound by a function call belong to no connection.

use crate::support::{Peer, Setup, code, id, invoke, invoke_as};
use serde_json::{Value, json};

async fn provider(rig: &crate::support::Rig) -> Peer {
    let mut provider = rig.worker("alpha").await;
    provider
        .send(&json!({ "type": "registertriggertype", "id": "tick" }))
        .await;
    provider.wait_type("triggertyperegistered").await;
    provider
}

fn wish() -> Value {
    json!({ "trigger_type": "tick", "function_id": "f::a", "config": { "n": 1 } })
}

async fn decide(provider: &mut Peer, told: &Value, error: Option<Value>) {
    let mut result = json!({
        "type": "triggerregistrationresult", "id": told["id"], "trigger_type": "tick",
    });
    if let Some(error) = error {
        result["error"] = error;
    }
    provider.send(&result).await;
}

#[test]
fn the_call_waits_for_the_provider_and_the_trigger_stays() {
    Setup::new().run(async |rig| {
        let mut provider = provider(rig).await;
        let mut caller = rig.plain("beta").await;
        let (call_id, call) = invoke("engine::register_trigger", wish());
        caller.send(&call).await;
        let told = provider.wait_type("registertrigger").await;
        assert_eq!(told["config"], json!({ "n": 1 }));
        caller.assert_silent().await;
        decide(&mut provider, &told, None).await;
        let bound = caller.outcome(&call_id).await.expect("it is bound");
        assert_eq!(bound["id"], told["id"]);
        drop(caller);
        rig.until("the caller has left", || rig.engine.connections() == 2)
            .await;
        provider.assert_silent().await;
        let mut other = rig.plain("gamma").await;
        let removed = other
            .call("engine::unregister_trigger", json!({ "id": bound["id"] }))
            .await;
        assert_eq!(removed, Ok(json!({ "removed": true })));
        assert_eq!(
            provider.wait_type("unregistertrigger").await["id"],
            bound["id"]
        );
        let again = other
            .call("engine::unregister_trigger", json!({ "id": bound["id"] }))
            .await;
        assert_eq!(again, Ok(json!({ "removed": false })));
    });
}

#[test]
fn a_refusal_is_the_calls_own_error() {
    Setup::new().run(async |rig| {
        let mut provider = provider(rig).await;
        let mut caller = rig.plain("beta").await;
        let (call_id, call) = invoke("engine::register_trigger", wish());
        caller.send(&call).await;
        let told = provider.wait_type("registertrigger").await;
        decide(
            &mut provider,
            &told,
            Some(json!({ "code": "no", "message": "" })),
        )
        .await;
        assert_eq!(code(&caller.outcome(&call_id).await), "no");
        let listed = caller
            .call("engine::registered-triggers::list", json!({}))
            .await;
        assert_eq!(listed, Ok(json!({ "registered_triggers": [] })));
        for input in [
            json!({}),
            json!({ "trigger_type": "tick" }),
            json!({ "trigger_type": 7, "function_id": "f" }),
        ] {
            let refused = caller.call("engine::register_trigger", input).await;
            assert_eq!(code(&refused), "INVALID_ARGUMENTS");
        }
        for input in [json!({}), json!({ "id": "" })] {
            let refused = caller.call("engine::unregister_trigger", input).await;
            assert_eq!(code(&refused), "INVALID_ARGUMENTS");
        }
    });
}

#[test]
fn without_a_provider_it_is_parked_at_once() {
    Setup::new().run(async |rig| {
        let mut caller = rig.plain("beta").await;
        let mut wish = wish();
        wish["id"] = json!("mine");
        let bound = caller.call("engine::register_trigger", wish).await;
        assert_eq!(bound, Ok(json!({ "id": "mine" })));
        let mut provider = provider(rig).await;
        assert_eq!(provider.wait_type("registertrigger").await["id"], "mine");
    });
}

#[test]
fn nobody_is_left_waiting_when_the_provider_or_the_trigger_goes() {
    Setup::new().run(async |rig| {
        let mut first = provider(rig).await;
        let mut caller = rig.plain("beta").await;
        let waiting = id();
        caller
            .send(&invoke_as(&waiting, "engine::register_trigger", wish()))
            .await;
        first.wait_type("registertrigger").await;
        drop(first);
        let bound = caller.outcome(&waiting).await.expect("it is parked");
        assert!(bound["id"].as_str().is_some_and(|id| !id.is_empty()));

        let mut second = provider(rig).await;
        second.wait_type("registertrigger").await;
        let mut wish = wish();
        wish["id"] = json!("doomed");
        caller
            .send(&invoke_as(&waiting, "engine::register_trigger", wish))
            .await;
        second.wait(|m| m["id"] == "doomed").await;
        let removed = caller
            .call("engine::unregister_trigger", json!({ "id": "doomed" }))
            .await;
        assert_eq!(removed, Ok(json!({ "removed": true })));
        let bound = caller.outcome(&waiting).await;
        assert_eq!(bound, Ok(json!({ "id": "doomed" })));
    });
}
