//! Thousands of connections that say nothing.

use crate::support::{Request, Setup, invoke, patient};
use serde_json::json;

/// As many as the system lets this process have, both ends of each being its own.
fn crowd() -> usize {
    const WANTED: u64 = 10_000;
    const KEPT_FREE: u64 = 400;
    let allowed = rlimit::increase_nofile_limit(2 * WANTED + KEPT_FREE).expect("a limit");
    let fitting = allowed.saturating_sub(KEPT_FREE) / 2;
    usize::try_from(fitting.min(WANTED)).expect("a small number")
}

#[test]
fn silent_connections_cost_the_others_nothing() {
    let crowd = crowd();
    assert!(crowd >= 200, "only {crowd} connections are possible here");
    Setup::new().run_on(&[2], async |rig| {
        let mut silent = Vec::with_capacity(crowd);
        for _ in 0..crowd {
            let opened = Request::new(rig.address).open().await;
            silent.push(opened.expect("a connection"));
        }
        rig.until("all are connected", || rig.engine.connections() > crowd)
            .await;
        let mut executor = rig.plain("alpha").await;
        executor.offer("f::a").await;
        let mut caller = rig.connect().await;
        for _ in 0..100 {
            let (call_id, call) = invoke("f::a", json!(1));
            caller.send(&call).await;
            let given = executor.given().await;
            executor.answer(&given, json!(2)).await;
            assert_eq!(caller.outcome(&call_id).await, Ok(json!(2)));
        }
        // They leave all at once, and nothing of them stays.
        drop(silent);
        let empty = async {
            while rig.engine.connections() > 2 {
                caller.sync().await;
            }
        };
        patient("the crowd has gone", empty).await;
        let listed = caller.call("engine::workers::list", json!({})).await;
        let workers = listed.expect("a list")["workers"].clone();
        assert_eq!(workers.as_array().map(Vec::len), Some(1), "{workers}");
    });
}
