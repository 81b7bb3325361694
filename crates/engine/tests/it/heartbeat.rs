//! Silence is answered with pings, and pings that stay unanswered with the end.

use crate::support::{Setup, code, invoke, patient};
use serde_json::json;
use std::rc::Rc;

#[test]
fn a_dead_worker_is_found_out() {
    let setup = Setup::new().limits(|limits| limits.heartbeat_ms = 200);
    setup.run(async |rig| {
        let mut dead = rig.worker("alpha").await;
        dead.offer("f::a").await;
        let mut standby = rig.worker("alpha").await;
        standby.offer("f::b").await;
        let mut caller = rig.connect().await;
        let (call_id, call) = invoke("f::a", json!(1));
        caller.send(&call).await;
        dead.given().await;
        // Its socket stays open, but nobody is behind it any more.
        dead.answers_pings = false;
        let alive = async {
            loop {
                standby.sync().await;
                tokio::task::yield_now().await;
            }
        };
        let outcome = tokio::select! {
            outcome = caller.outcome(&call_id) => outcome,
            () = alive => unreachable!("it never ends"),
        };
        assert_eq!(code(&outcome), "invocation_stopped");
        assert_eq!(dead.closed().await, Some(1001));
    });
}

#[test]
fn a_silent_worker_that_answers_pings_stays() {
    const PINGS: u32 = 5;
    let setup = Setup::new().limits(|limits| limits.heartbeat_ms = 200);
    setup.run(async |rig| {
        let mut quiet = rig.worker("alpha").await;
        quiet.offer("f::a").await;
        let mut other = rig.connect().await;
        // The quiet one only reads, for many heartbeats; then it is called.
        let pinged = Rc::clone(&quiet.pings_answered);
        let busy = async {
            while pinged.get() < PINGS {
                other.sync().await;
                tokio::task::yield_now().await;
            }
            other.call("f::a", json!(1)).await
        };
        let serve = async {
            let given = quiet.given().await;
            quiet.answer(&given, json!("here")).await;
        };
        let both = async { tokio::join!(busy, serve) };
        let (outcome, ()) = patient("the call is answered", both).await;
        assert_eq!(outcome, Ok(json!("here")));
    });
}
