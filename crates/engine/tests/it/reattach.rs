//! A worker that has reconnected may throw out its older connection, and nobody else's.

use crate::support::{Setup, code, invoke};
use serde_json::json;

#[test]
fn the_right_token_evicts_the_older_connection() {
    Setup::new().run(async |rig| {
        let mut old = rig.worker("alpha").await;
        old.offer("f::a").await;
        let mut caller = rig.connect().await;
        let (call_id, call) = invoke("f::a", json!(1));
        caller.send(&call).await;
        old.given().await;
        let mut new = rig.connect().await;
        new.send(&json!({
            "type": "reattach", "previous_worker_id": old.worker_id, "reattach_token": old.token,
        }))
        .await;
        assert_eq!(code(&caller.outcome(&call_id).await), "invocation_stopped");
        assert_eq!(old.closed().await, Some(1001));
        new.name("alpha", None, true).await;
        new.offer("f::a").await;
        new.wait_type("functionregistered").await;
        assert_ne!(new.worker_id, old.worker_id);
        let (call_id, call) = invoke("f::a", json!(1));
        caller.send(&call).await;
        let given = new.given().await;
        new.answer(&given, json!("back")).await;
        assert_eq!(caller.outcome(&call_id).await, Ok(json!("back")));
    });
}

#[test]
fn without_proof_nothing_happens() {
    Setup::new().run(async |rig| {
        let mut victim = rig.worker("alpha").await;
        let mut attacker = rig.connect().await;
        let (own_id, own_token) = (attacker.worker_id.clone(), attacker.token.clone());
        for (id, token) in [
            (json!(victim.worker_id), json!("guessed")),
            (json!(victim.worker_id), json!(own_token)),
            (json!(victim.worker_id), json!(null)),
            (
                json!("00000000-0000-7000-8000-000000000000"),
                json!(victim.token),
            ),
            (json!(own_id), json!(own_token)),
            (json!(7), json!(victim.token)),
        ] {
            attacker
                .send(&json!({
                    "type": "reattach", "previous_worker_id": id, "reattach_token": token,
                }))
                .await;
        }
        attacker.assert_silent().await;
        victim.assert_silent().await;
        assert_eq!(rig.engine.connections(), 2);
    });
}
