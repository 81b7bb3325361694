//! What belongs to whom: calls to their callers and executors, ids to worker names.

use crate::support::{Setup, code, id, invoke, invoke_as};
use serde_json::json;

#[test]
fn nobody_answers_for_another() {
    Setup::new().run(async |rig| {
        let mut executor = rig.plain("alpha").await;
        executor.offer("f::a").await;
        let mut caller = rig.connect().await;
        let mut forger = rig.plain("gamma").await;
        let (call_id, call) = invoke("f::a", json!(1));
        caller.send(&call).await;
        let given = executor.given().await;
        forger.answer(&given, json!("forged")).await;
        for guess in [
            call_id.as_str(),
            "",
            "x",
            "00000000-0000-0000-0000-000000000001",
        ] {
            let message = json!({
                "type": "invocationresult", "invocation_id": guess, "result": "forged",
            });
            forger.send(&message).await;
            caller.send(&message).await;
        }
        forger.sync().await;
        caller.sync().await;
        executor.answer(&given, json!("true")).await;
        assert_eq!(caller.outcome(&call_id).await, Ok(json!("true")));
        forger.assert_silent().await;
    });
}

#[test]
fn only_the_first_answer_counts() {
    Setup::new().run(async |rig| {
        let mut executor = rig.plain("alpha").await;
        executor.offer("f::a").await;
        let mut caller = rig.connect().await;
        let (call_id, call) = invoke("f::a", json!(1));
        caller.send(&call).await;
        let given = executor.given().await;
        executor.answer(&given, json!("first")).await;
        executor.answer(&given, json!("second")).await;
        executor.sync().await;
        assert_eq!(caller.outcome(&call_id).await, Ok(json!("first")));
        caller.assert_silent().await;
    });
}

#[test]
fn an_id_in_use_is_refused_and_its_call_goes_on() {
    Setup::new().run(async |rig| {
        let mut executor = rig.plain("alpha").await;
        executor.offer("f::a").await;
        let mut caller = rig.connect().await;
        let (call_id, call) = invoke("f::a", json!(1));
        caller.send(&call).await;
        let given = executor.given().await;
        caller.send(&call).await;
        assert_eq!(code(&caller.outcome(&call_id).await), "invalid_message");
        executor.answer(&given, json!("done")).await;
        assert_eq!(caller.outcome(&call_id).await, Ok(json!("done")));
        // Once it has ended, the id is free again; and another connection may use it at any time.
        let mut other = rig.connect().await;
        caller.send(&call).await;
        other.send(&call).await;
        for _ in 0..2 {
            let given = executor.given().await;
            executor.answer(&given, json!("again")).await;
        }
        assert_eq!(caller.outcome(&call_id).await, Ok(json!("again")));
        assert_eq!(other.outcome(&call_id).await, Ok(json!("again")));
        executor.assert_silent().await;
    });
}

#[test]
fn a_function_belongs_to_one_worker_name() {
    Setup::new().run(async |rig| {
        let mut owner = rig.plain("alpha").await;
        owner.offer("f::a").await;
        let mut other = rig.plain("beta").await;
        other.offer("f::a").await;
        let rejected = other.wait_type("registrationrejected").await;
        assert_eq!(rejected["code"], "FUNCTION_NAMESPACE_CONFLICT");
        assert_eq!(rejected["function_id"], "f::a");
        assert_eq!(rejected["namespace"], "default");
        assert_eq!(rejected["owner_worker_id"], owner.worker_id);
        // Taking back what one does not own changes nothing.
        other
            .send(&json!({ "type": "unregisterfunction", "id": "f::a" }))
            .await;
        other.sync().await;
        let (call_id, call) = invoke("f::a", json!(1));
        other.send(&call).await;
        let given = owner.given().await;
        owner.answer(&given, json!("mine")).await;
        assert_eq!(other.outcome(&call_id).await, Ok(json!("mine")));
        // When its owner lets go of it, it is free.
        owner
            .send(&json!({ "type": "unregisterfunction", "id": "f::a" }))
            .await;
        owner.sync().await;
        other.offer("f::a").await;
        other.assert_silent().await;
        let found = owner
            .call("engine::functions::info", json!({ "function_id": "f::a" }))
            .await;
        assert_eq!(found.expect("it is there")["worker_name"], "beta");
    });
}

#[test]
fn registering_again_replaces() {
    Setup::new().run(async |rig| {
        let mut owner = rig.plain("alpha").await;
        for words in ["old", "new"] {
            owner
                .offer_as(json!({ "id": "f::a", "description": words }))
                .await;
        }
        owner.assert_silent().await;
        let listed = owner
            .call("engine::functions::list", json!({ "prefix": "f::" }))
            .await;
        let functions = listed.expect("a list")["functions"].clone();
        assert_eq!(
            functions,
            json!([{
                "function_id": "f::a", "namespace": "default", "worker_name": "alpha",
                "description": "new", "replicas": 1,
            }])
        );
    });
}

#[test]
fn reserved_ids_and_names_need_trust() {
    let authorizer = iii_engine::ReservedOnly {
        names: ["guarded".to_owned()].into(),
        operator_functions: vec!["danger::*".to_owned()],
    };
    let setup = Setup::new()
        .authorizer(authorizer)
        .listener(|listener| listener.operator_token = Some("op".to_owned()));
    setup.run(async |rig| {
        let mut plain = rig.plain("alpha").await;
        plain.offer("engine::mine").await;
        let rejected = plain.wait_type("registrationrejected").await;
        assert_eq!(rejected["code"], "FUNCTION_NAMESPACE_CONFLICT");
        assert_eq!(rejected["owner_worker_id"], "");
        let denied = plain.call("danger::zone", json!({})).await;
        assert_eq!(code(&denied), "FORBIDDEN");

        let mut thief = rig.connect().await;
        let named = thief
            .call("engine::workers::register", json!({ "name": "guarded" }))
            .await;
        assert_eq!(code(&named), "WORKER_NAMESPACE_CONFLICT");
        let rejected = thief.wait_type("registrationrejected").await;
        assert_eq!(rejected["code"], "WORKER_NAMESPACE_CONFLICT");
        assert_eq!(rejected["worker_name"], "guarded");
        assert_eq!(thief.closed().await, Some(1008));

        let opened = crate::support::Request::new(rig.address)
            .header("Authorization", "Bearer op")
            .open()
            .await;
        let mut operator = opened.expect("a connection");
        operator.welcome().await;
        operator.name("guarded", None, true).await;
        operator.offer("engine::mine").await;
        operator.offer("danger::zone").await;
        let (call_id, call) = invoke("danger::zone", json!({}));
        operator.send(&call).await;
        let given = operator.given().await;
        operator.answer(&given, json!("boom")).await;
        assert_eq!(operator.outcome(&call_id).await, Ok(json!("boom")));
    });
}

#[test]
fn blank_namespaces_are_refused_everywhere() {
    Setup::new().run(async |rig| {
        let mut peer = rig.plain("alpha").await;
        for blank in ["", " ", "\t\n"] {
            let id = id();
            let mut call = invoke_as(&id, "f::a", json!(1));
            call["namespace"] = json!(blank);
            peer.send(&call).await;
            assert_eq!(code(&peer.outcome(&id).await), "INVALID_NAMESPACE");
            let named = peer
                .call("engine::workers::register", json!({ "namespace": blank }))
                .await;
            assert_eq!(code(&named), "INVALID_NAMESPACE");
            let trigger = json!({
                "trigger_type": "tick", "function_id": "f::a", "namespace": blank,
            });
            let bound = peer.call("engine::register_trigger", trigger).await;
            assert_eq!(code(&bound), "INVALID_NAMESPACE");
            peer.send(&json!({
                "type": "registertriggertype", "id": "tick", "namespace": blank,
            }))
            .await;
            let rejected = peer.wait_type("registrationrejected").await;
            assert_eq!(rejected["function_id"], "tick");
            for field in ["namespace", "trigger_namespace"] {
                let mut trigger = json!({
                    "type": "registertrigger", "id": "t1", "trigger_type": "tick",
                    "function_id": "f::a", "config": {},
                });
                trigger[field] = json!(blank);
                peer.send(&trigger).await;
                let result = peer.wait_type("triggerregistrationresult").await;
                assert_eq!(crate::support::error_of(&result), "INVALID_NAMESPACE");
            }
        }
        let types = peer.call("engine::triggers::list", json!({})).await;
        let types = types.expect("a list")["triggers"].clone();
        let foreign = types.as_array().expect("a list").iter();
        assert!(
            foreign
                .into_iter()
                .all(|kind| kind["worker_name"] == "engine")
        );
    });
}

#[test]
fn a_connection_has_so_many_functions_triggers_and_types() {
    let setup = Setup::new().limits(|limits| {
        limits.functions_per_session_max = 2;
        limits.triggers_per_session_max = 2;
        limits.trigger_types_per_session_max = 2;
        limits.engine_triggers_max = 2;
    });
    setup.run(async |rig| {
        let mut peer = rig.plain("alpha").await;
        for n in 0..3 {
            peer.offer(&format!("f::{n}")).await;
            peer.send(&json!({ "type": "registertriggertype", "id": format!("kind{n}") }))
                .await;
            peer.send(&json!({
                "type": "registertrigger", "id": format!("t{n}"), "trigger_type": "absent",
                "function_id": "f::0", "config": { "n": n },
            }))
            .await;
            let result = peer.wait_type("triggerregistrationresult").await;
            assert_eq!(result.get("error").is_some(), n == 2, "{result}");
            let trigger = json!({ "trigger_type": "absent", "function_id": "f::0" });
            let bound = peer.call("engine::register_trigger", trigger).await;
            assert_eq!(bound.is_err(), n == 2, "{bound:?}");
        }
        for refused in ["f::2", "kind2"] {
            let rejected = peer.wait_type("registrationrejected").await;
            assert_eq!(rejected["function_id"], refused);
            let words = rejected["message"].as_str().expect("a message");
            assert!(words.contains("per_session_max"), "{words}");
        }
        // What is there may be replaced.
        peer.offer("f::1").await;
        peer.assert_silent().await;
    });
}
