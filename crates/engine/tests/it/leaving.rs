//! Workers and the engine leave in order: no new calls, running ones may finish.

use crate::support::{Setup, code, invoke, patient};
use serde_json::json;
use std::time::Duration;

#[test]
fn a_draining_worker_finishes_what_it_runs() {
    Setup::new().run(async |rig| {
        let mut leaving = rig.worker("alpha").await;
        leaving.offer("f::a").await;
        let mut caller = rig.connect().await;
        let (call_id, call) = invoke("f::a", json!(1));
        caller.send(&call).await;
        let given = leaving.given().await;
        leaving.send(&json!({ "type": "drain" })).await;
        leaving.sync().await;
        let refused = caller.call("f::a", json!(2)).await;
        assert_eq!(code(&refused), "function_not_found");
        // It may not come back under another guise.
        leaving.rest();
        leaving.offer("f::b").await;
        let rejected = leaving.wait_type("registrationrejected").await;
        assert_eq!(rejected["function_id"], "f::b");
        let words = rejected["message"].as_str().expect("a message");
        assert!(words.contains("draining"), "{words}");
        // Its calls of others are served as before.
        let listed = leaving.call("engine::functions::list", json!({})).await;
        assert_eq!(listed, Ok(json!({ "functions": [] })));
        leaving.answer(&given, json!("finished")).await;
        assert_eq!(caller.outcome(&call_id).await, Ok(json!("finished")));
        // The id is free for a worker of another name.
        drop(leaving);
        let mut next = rig.worker("beta").await;
        next.offer("f::b").await;
        next.wait_type("functionregistered").await;
    });
}

#[test]
fn another_replica_gets_the_calls_of_a_draining_one() {
    Setup::new().run(async |rig| {
        let mut leaving = rig.worker("alpha").await;
        leaving.offer("f::a").await;
        let mut staying = rig.worker("alpha").await;
        staying.offer("f::a").await;
        leaving.send(&json!({ "type": "drain" })).await;
        leaving.sync().await;
        leaving.rest();
        let mut caller = rig.connect().await;
        for _ in 0..10 {
            let (call_id, call) = invoke("f::a", json!(1));
            caller.send(&call).await;
            let given = staying.given().await;
            staying.answer(&given, json!(2)).await;
            assert_eq!(caller.outcome(&call_id).await, Ok(json!(2)));
        }
        leaving.assert_silent().await;
    });
}

#[test]
fn the_engine_drains_and_then_stops_in_order() {
    Setup::new().run(async |rig| {
        let mut kit = rig.worker("alpha").await;
        kit.offer("f::a").await;
        let mut plain = rig.plain("beta").await;
        let (call_id, call) = invoke("f::a", json!(1));
        plain.send(&call).await;
        let given = kit.given().await;
        let hurried = rig.engine.drain(Duration::from_millis(20)).await;
        assert!(!hurried, "a call still runs");
        let drain = kit.wait_type("drain").await;
        assert_eq!(drain["reason"], "shutdown");
        let serve = async {
            kit.answer(&given, json!("last")).await;
            plain.outcome(&call_id).await
        };
        let drained = rig.engine.drain(Duration::from_secs(30));
        let (drained, outcome) = tokio::join!(drained, serve);
        assert!(drained, "nothing runs any more");
        assert_eq!(outcome, Ok(json!("last")));
        let (stopped, kit_code, plain_code) = patient("everybody is told", async {
            tokio::join!(rig.engine.stop(), kit.closed(), plain.closed())
        })
        .await;
        let () = stopped;
        assert_eq!((kit_code, plain_code), (Some(1001), Some(1001)));
        let late = tokio::net::TcpStream::connect(rig.address).await;
        assert!(late.is_err(), "nobody listens any more");
    });
}

#[test]
fn the_engine_stops_while_a_handshake_is_under_way() {
    Setup::new().run(async |rig| {
        use tokio::io::AsyncWriteExt;
        let mut peer = rig.connect().await;
        let mut half = tokio::net::TcpStream::connect(rig.address)
            .await
            .expect("a socket");
        half.write_all(b"GET / HTTP/1.1\r\n")
            .await
            .expect("written");
        peer.sync().await;
        patient("the engine stops", rig.engine.stop()).await;
        assert_eq!(peer.closed().await, Some(1001));
    });
}
