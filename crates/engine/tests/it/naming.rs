//! Registrations wait for the worker's name, but not for ever.

use crate::support::{Peer, Setup, code, invoke, patient};
use serde_json::{Value, json};

async fn listed(peer: &mut Peer) -> Value {
    let listed = peer
        .call("engine::functions::list", json!({ "prefix": "f::" }))
        .await;
    listed.expect("a list")["functions"].clone()
}

#[test]
fn registrations_before_the_name_are_applied_under_it() {
    Setup::new().run(async |rig| {
        let mut late = rig.connect().await;
        late.offer("f::a").await;
        let mut other = rig.plain("beta").await;
        assert_eq!(listed(&mut other).await, json!([]));
        late.name("alpha", Some("west"), false).await;
        let functions = listed(&mut other).await;
        assert_eq!(functions[0]["worker_name"], "alpha");
        assert_eq!(functions[0]["namespace"], "west");
        let nowhere = other.call("no::such", json!(1)).await;
        let words = nowhere.expect_err("an error")["message"].clone();
        assert_eq!(words, "Function no::such not found in namespace default.");
        let missing = other.call("f::a", json!(1)).await;
        assert_eq!(code(&missing), "function_not_found");
        let words = missing.expect_err("an error")["message"].clone();
        assert_eq!(
            words,
            "Function f::a not found in namespace default. It exists in: west."
        );
        let (call_id, mut call) = invoke("f::a", json!(1));
        call["namespace"] = json!("west");
        other.send(&call).await;
        let given = late.given().await;
        late.answer(&given, json!("found")).await;
        assert_eq!(other.outcome(&call_id).await, Ok(json!("found")));
    });
}

#[test]
fn a_worker_that_never_says_its_name_is_served_after_a_while() {
    let setup = Setup::new().limits(|limits| limits.registration_namespace_grace_ms = 100);
    setup.run(async |rig| {
        let mut nameless = rig.connect().await;
        nameless.offer("f::a").await;
        let mut other = rig.plain("beta").await;
        let mut functions = json!([]);
        let asking = async {
            while functions == json!([]) {
                functions = listed(&mut other).await;
            }
        };
        patient("the grace period ends", asking).await;
        assert_eq!(functions[0]["worker_name"], nameless.worker_id);
        assert_eq!(functions[0]["namespace"], "default");
        // A name that comes now is too late to change what is registered, and changes nothing
        // else by halves.
        nameless.name("alpha", Some("west"), false).await;
        nameless.offer("f::b").await;
        let functions = listed(&mut other).await;
        for function in functions.as_array().expect("a list") {
            assert_eq!(function["worker_name"], nameless.worker_id);
            assert_eq!(function["namespace"], "default");
        }
        assert_eq!(functions.as_array().map(Vec::len), Some(2));
        let known = other.call("engine::workers::list", json!({})).await;
        let known = known.expect("a list")["workers"].clone();
        assert_eq!(known[0]["name"], nameless.worker_id);
        assert_eq!(known[0]["function_count"], 2);
    });
}

#[test]
fn the_first_name_stays() {
    Setup::new().run(async |rig| {
        let mut peer = rig.plain("alpha").await;
        let again = json!({
            "name": "beta", "namespace": "west", "description": "a\u{202e}b\u{7}", "pid": 9,
        });
        let named = peer.call("engine::workers::register", again).await;
        assert_eq!(named, Ok(json!({ "success": true })));
        let listed = peer.call("engine::workers::list", json!({})).await;
        let worker = listed.expect("a list")["workers"][0].clone();
        assert_eq!(worker["name"], "alpha");
        assert_eq!(worker["namespace"], "default");
        assert_eq!(
            worker["description"], "ab",
            "what cannot be shown is left out"
        );
        assert_eq!(worker["pid"], 9);
    });
}

#[test]
fn so_many_registrations_wait_for_a_name() {
    let setup = Setup::new().limits(|limits| limits.held_registrations_max = 3);
    setup.run(async |rig| {
        let mut peer = rig.connect().await;
        for n in 0..3 {
            peer.offer(&format!("f::{n}")).await;
        }
        peer.send(&json!({ "type": "registerfunction", "id": "f::3" }))
            .await;
        assert_eq!(peer.closed().await, Some(1008));
    });
}
