//! Every call ends: by its own deadline, its function's, its parent's, or the engine's.

use crate::support::{Peer, Setup, code, id, invoke, invoke_as};
use serde_json::json;

/// Calls `f::a` with a time limit and gives the id of the call.
async fn call_within(caller: &mut Peer, timeout_ms: u64) -> String {
    let id = id();
    let mut call = invoke_as(&id, "f::a", json!(1));
    call["timeout_ms"] = json!(timeout_ms);
    caller.send(&call).await;
    id
}

#[test]
fn a_worker_that_never_answers_does_not_hold_its_caller() {
    Setup::new().run(async |rig| {
        let mut executor = rig.worker("alpha").await;
        executor.offer("f::a").await;
        let mut caller = rig.connect().await;
        let call_id = call_within(&mut caller, 30).await;
        let outcome = caller.outcome(&call_id).await;
        assert_eq!(code(&outcome), "TIMEOUT");
        let given = executor.given().await;
        let cancel = executor.wait_type("cancelinvocation").await;
        assert_eq!(cancel["invocation_id"], given["invocation_id"]);
        assert_eq!(cancel["reason"], "timeout");
        // Its late answer is for nobody; the next call is served.
        executor.answer(&given, json!("late")).await;
        executor.sync().await;
        caller.assert_silent().await;
        let (call_id, call) = invoke("f::a", json!(1));
        caller.send(&call).await;
        let given = executor.given().await;
        executor.answer(&given, json!("in time")).await;
        assert_eq!(caller.outcome(&call_id).await, Ok(json!("in time")));
        assert_eq!(rig.engine.running(), 0);
    });
}

#[test]
fn a_plain_worker_is_not_sent_what_it_does_not_know() {
    Setup::new().run(async |rig| {
        let mut executor = rig.plain("alpha").await;
        executor.offer("f::a").await;
        let mut caller = rig.connect().await;
        let call_id = call_within(&mut caller, 30).await;
        let given = executor.given().await;
        assert_eq!(given.get("timeout_ms"), None);
        assert_eq!(code(&caller.outcome(&call_id).await), "TIMEOUT");
        executor.assert_silent().await;
    });
}

#[test]
fn a_function_may_set_the_deadline_and_the_engine_sets_the_last() {
    let setup = Setup::new().limits(|limits| limits.deadline_default_ms = 60);
    setup.run(async |rig| {
        let mut executor = rig.worker("alpha").await;
        executor
            .offer_as(json!({ "id": "f::quick", "timeout_ms": 40 }))
            .await;
        executor.offer("f::plain").await;
        let mut caller = rig.connect().await;
        for (function, at_most) in [("f::quick", 40), ("f::plain", 60)] {
            let (call_id, call) = invoke(function, json!(1));
            caller.send(&call).await;
            let left = executor.given().await["timeout_ms"].as_u64();
            assert!(left.is_some_and(|left| left <= at_most), "{left:?}");
            assert_eq!(code(&caller.outcome(&call_id).await), "TIMEOUT");
        }
    });
}

#[test]
fn a_child_does_not_outlive_its_parent() {
    Setup::new().run(async |rig| {
        let mut outer = rig.worker("alpha").await;
        outer.offer("f::a").await;
        let mut inner = rig.worker("beta").await;
        inner.offer("g::inner").await;
        let mut caller = rig.connect().await;
        let parent_id = call_within(&mut caller, 200).await;
        let parent = outer.given().await;
        let child = id();
        let mut call = invoke_as(&child, "g::inner", json!(1));
        call["timeout_ms"] = json!(600_000);
        call["parent"] = parent["invocation_id"].clone();
        outer.send(&call).await;
        let left = inner.given().await["timeout_ms"].as_u64();
        assert!(left.is_some_and(|left| left <= 200), "{left:?}");
        assert_eq!(code(&outer.outcome(&child).await), "TIMEOUT");
        assert_eq!(code(&caller.outcome(&parent_id).await), "TIMEOUT");
    });
}

#[test]
fn deadlines_come_in_time_however_much_the_worker_talks() {
    Setup::new().run(async |rig| {
        let mut executor = rig.worker("alpha").await;
        executor.offer("f::a").await;
        let mut caller = rig.connect().await;
        let call_id = call_within(&mut caller, 50).await;
        // Faster than the engine reads: there is always something to handle.
        let flood = "{\"type\":\"pong\"}";
        let talk = async {
            let mut frames = Vec::new();
            for _ in 0..2000 {
                frames.extend_from_slice(&[0x81, 0x80 | flood.len() as u8, 0, 0, 0, 0]);
                frames.extend_from_slice(flood.as_bytes());
            }
            loop {
                executor.bytes(&frames).await;
            }
        };
        tokio::select! {
            outcome = caller.outcome(&call_id) => assert_eq!(code(&outcome), "TIMEOUT"),
            () = talk => {}
        }
    });
}
