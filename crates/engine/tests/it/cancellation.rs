//! A call that nobody wants any more is stopped where it runs.

use crate::support::{Setup, code, invoke};
use serde_json::json;

#[test]
fn a_caller_may_give_a_call_up() {
    Setup::new().run(async |rig| {
        let mut executor = rig.worker("alpha").await;
        executor.offer("f::a").await;
        executor.rest();
        let mut caller = rig.connect().await;
        let (call_id, call) = invoke("f::a", json!(1));
        caller.send(&call).await;
        let given = executor.given().await;
        let cancel = json!({ "type": "cancelinvocation", "invocation_id": call_id });
        caller.send(&cancel).await;
        assert_eq!(code(&caller.outcome(&call_id).await), "cancelled");
        let told = executor.wait_type("cancelinvocation").await;
        assert_eq!(told["invocation_id"], given["invocation_id"]);
        assert_eq!(told["reason"], "cancelled");
        executor.answer(&given, json!("late")).await;
        executor.sync().await;
        // Again, or for a call that never was: nothing.
        caller.send(&cancel).await;
        caller
            .send(&json!({ "type": "cancelinvocation", "invocation_id": "never" }))
            .await;
        caller.assert_silent().await;
        executor.assert_silent().await;
        assert_eq!(rig.engine.running(), 0);
    });
}

#[test]
fn nobody_cancels_for_another() {
    Setup::new().run(async |rig| {
        let mut executor = rig.worker("alpha").await;
        executor.offer("f::a").await;
        executor.rest();
        let mut caller = rig.connect().await;
        let mut stranger = rig.connect().await;
        let (call_id, call) = invoke("f::a", json!(1));
        caller.send(&call).await;
        let given = executor.given().await;
        for guess in [json!(call_id), given["invocation_id"].clone()] {
            stranger
                .send(&json!({ "type": "cancelinvocation", "invocation_id": guess }))
                .await;
        }
        stranger.assert_silent().await;
        executor.assert_silent().await;
        executor.answer(&given, json!("done")).await;
        assert_eq!(caller.outcome(&call_id).await, Ok(json!("done")));
    });
}

#[test]
fn calls_of_a_worker_that_leaves_are_stopped_and_void_ones_are_not() {
    Setup::new().run(async |rig| {
        let mut executor = rig.worker("alpha").await;
        executor.offer("f::a").await;
        executor.rest();
        let mut caller = rig.connect().await;
        let (_, call) = invoke("f::a", json!("awaited"));
        caller.send(&call).await;
        let (_, mut void) = invoke("f::a", json!("void"));
        void["action"] = json!({ "type": "void" });
        caller.send(&void).await;
        let awaited = executor.given().await;
        let _void = executor.given().await;
        drop(caller);
        let told = executor.wait_type("cancelinvocation").await;
        assert_eq!(told["invocation_id"], awaited["invocation_id"]);
        assert_eq!(told["reason"], "caller_gone");
        executor.assert_silent().await;
        assert_eq!(rig.engine.running(), 1, "the void call goes on");
    });
}
