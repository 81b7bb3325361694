//! Replicas: they share the work, and take over from each other.

use crate::support::{Setup, code, invoke};
use serde_json::json;

#[test]
fn a_worker_that_is_killed_stops_its_calls_at_once() {
    Setup::new().run(async |rig| {
        let mut executor = rig.worker("alpha").await;
        executor.offer("f::a").await;
        let mut caller = rig.connect().await;
        let (call_id, call) = invoke("f::a", json!(1));
        caller.send(&call).await;
        executor.given().await;
        // The system resets the connection, as it does for a killed process with unread bytes.
        drop(executor);
        let outcome = caller.outcome(&call_id).await;
        assert_eq!(code(&outcome), "invocation_stopped");
        let after = caller.call("f::a", json!(1)).await;
        assert_eq!(code(&after), "function_not_found");
    });
}

#[test]
fn a_second_replica_takes_over() {
    Setup::new().run(async |rig| {
        let mut first = rig.worker("alpha").await;
        let mut second = rig.plain("alpha").await;
        first.offer("f::a").await;
        second.offer("f::a").await;
        assert_eq!(
            first.rest(),
            [json!({
                "type": "functionregistered", "id": "f::a", "namespace": "default",
            })]
        );
        let mut caller = rig.connect().await;
        let (one, call) = invoke("f::a", json!(1));
        caller.send(&call).await;
        let (two, call) = invoke("f::a", json!(2));
        caller.send(&call).await;
        // Each gets one: the other is busier.
        first.given().await;
        let at_second = second.given().await;
        drop(first);
        let lost = caller
            .wait(|m| m["error"]["code"] == "invocation_stopped")
            .await;
        let left = if lost["invocation_id"] == *one {
            &two
        } else {
            &one
        };
        second.answer(&at_second, json!("alive")).await;
        assert_eq!(caller.outcome(left).await, Ok(json!("alive")));
        for _ in 0..10 {
            let (call_id, call) = invoke("f::a", json!(3));
            caller.send(&call).await;
            let given = second.given().await;
            second.answer(&given, json!("still")).await;
            assert_eq!(caller.outcome(&call_id).await, Ok(json!("still")));
        }
    });
}

#[test]
fn equally_busy_replicas_take_turns() {
    Setup::new().run(async |rig| {
        let mut replicas = [
            rig.plain("alpha").await,
            rig.plain("alpha").await,
            rig.plain("alpha").await,
        ];
        for replica in &mut replicas {
            replica.offer("f::a").await;
        }
        let mut caller = rig.connect().await;
        for _ in 0..9 {
            caller.send(&invoke("f::a", json!(1)).1).await;
        }
        caller.sync().await;
        for replica in &mut replicas {
            for _ in 0..3 {
                replica.given().await;
            }
            replica.assert_silent().await;
        }
    });
}

#[test]
fn the_least_busy_replica_is_called() {
    Setup::new().run(async |rig| {
        let mut busy = rig.plain("alpha").await;
        busy.offer("f::a").await;
        let mut caller = rig.connect().await;
        for _ in 0..3 {
            caller.send(&invoke("f::a", json!(1)).1).await;
            busy.given().await;
        }
        let mut idle = rig.plain("alpha").await;
        idle.offer("f::a").await;
        for _ in 0..6 {
            let (call_id, call) = invoke("f::a", json!(1));
            caller.send(&call).await;
            let given = idle.given().await;
            idle.answer(&given, json!(2)).await;
            assert_eq!(caller.outcome(&call_id).await, Ok(json!(2)));
        }
        busy.assert_silent().await;
    });
}

#[test]
fn an_exclusive_function_has_one_live_owner() {
    Setup::new().run(async |rig| {
        let mut first = rig.plain("alpha").await;
        let mut second = rig.plain("alpha").await;
        for replica in [&mut first, &mut second] {
            replica
                .offer_as(json!({ "id": "f::a", "exclusive": true }))
                .await;
        }
        let mut caller = rig.connect().await;
        for _ in 0..5 {
            caller.send(&invoke("f::a", json!(1)).1).await;
            first.given().await;
        }
        second.assert_silent().await;
        drop(first);
        for _ in 0..5 {
            caller
                .wait(|m| m["error"]["code"] == "invocation_stopped")
                .await;
        }
        let (call_id, call) = invoke("f::a", json!(1));
        caller.send(&call).await;
        let given = second.given().await;
        second.answer(&given, json!("mine now")).await;
        assert_eq!(caller.outcome(&call_id).await, Ok(json!("mine now")));
    });
}
