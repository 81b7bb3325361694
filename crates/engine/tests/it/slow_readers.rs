//! Workers that do not read what they are sent: their memory is bounded, others do not wait for
//! them, and slowness is not death.

use crate::support::{Peer, Request, Rig, Setup, id, invoke, invoke_as, patient};
use serde_json::{Value, json};
use std::cell::Cell;
use std::pin::pin;
use std::time::Duration;

const KIB: usize = 1024;

fn small() -> Setup {
    Setup::new().limits(|limits| {
        limits.outbox_high_bytes = 64 * KIB;
        limits.outbox_bytes_max = 256 * KIB;
    })
}

fn text_of(bytes: usize) -> Value {
    Value::String("x".repeat(bytes))
}

/// Two workers, one on each thread where there are two: an answer of each says that whatever was
/// sent to any session before has arrived there.
struct Witnesses([Peer; 2]);

impl Witnesses {
    async fn new(rig: &Rig) -> Self {
        let mut witnesses = [rig.plain("witness0").await, rig.plain("witness1").await];
        witnesses[0].offer("witness::0").await;
        witnesses[1].offer("witness::1").await;
        Self(witnesses)
    }

    async fn sync(&mut self, caller: &mut Peer) {
        for (n, witness) in self.0.iter_mut().enumerate() {
            let (call_id, call) = invoke(&format!("witness::{n}"), json!(1));
            caller.send(&call).await;
            let given = witness.given().await;
            witness.answer(&given, json!(2)).await;
            assert_eq!(caller.outcome(&call_id).await, Ok(json!(2)));
        }
    }
}

/// Calls until the worker behind `f::a`, which reads nothing, can take no more. Gives how many
/// calls it was given.
async fn congest(caller: &mut Peer, witnesses: &mut Witnesses) -> usize {
    // What the system buffers for a socket is bounded too, by some megabytes.
    const CALLS_MAX: usize = 2000;
    for calls in 0..CALLS_MAX {
        let id = id();
        let mut call = invoke_as(&id, "f::a", text_of(32 * KIB));
        call["timeout_ms"] = json!(600_000);
        caller.send(&call).await;
        witnesses.sync(caller).await;
        let answered = caller.rest();
        if let Some(result) = answered.first() {
            assert_eq!(result["invocation_id"], id);
            assert_eq!(result["error"]["code"], "overloaded");
            return calls;
        }
    }
    panic!("64 KiB are {CALLS_MAX} times 32 KiB");
}

#[test]
fn calls_to_a_worker_that_does_not_read_are_refused() {
    small().run(async |rig| {
        let mut deaf = rig.plain("alpha").await;
        deaf.offer("f::a").await;
        let mut witnesses = Witnesses::new(rig).await;
        let mut caller = rig.connect().await;
        let calls = congest(&mut caller, &mut witnesses).await;
        // Another replica takes what it cannot take.
        let mut replica = rig.plain("alpha").await;
        replica.offer("f::a").await;
        let (call_id, call) = invoke("f::a", json!(1));
        caller.send(&call).await;
        let given = replica.given().await;
        replica.answer(&given, json!(2)).await;
        assert_eq!(caller.outcome(&call_id).await, Ok(json!(2)));
        // Once it reads, everything it was given is there, in order, and it takes calls again.
        for _ in 0..calls {
            let given = deaf.given().await;
            deaf.answer(&given, json!("late")).await;
        }
        for _ in 0..calls {
            caller.wait(|m| m["result"] == "late").await;
        }
        drop(replica);
        deaf.sync().await;
        let answered = served_again(rig, &mut deaf).await;
        assert_eq!(answered, json!("again"));
    });
}

async fn served_again(rig: &Rig, worker: &mut Peer) -> Value {
    let mut caller = rig.connect().await;
    let (call_id, call) = invoke("f::a", json!(1));
    caller.send(&call).await;
    let given = worker.given().await;
    worker.answer(&given, json!("again")).await;
    caller.outcome(&call_id).await.expect("an answer")
}

#[test]
fn a_worker_that_never_reads_is_closed_when_its_queue_is_full() {
    small().run(async |rig| {
        let mut deaf = rig.plain("alpha").await;
        deaf.send(&json!({ "type": "registertriggertype", "id": "tick" }))
            .await;
        deaf.sync().await;
        let mut other = rig.plain("beta").await;
        // A provider must be told of triggers; unlike calls they cannot be refused.
        let mut told = 0;
        let gone = async {
            while rig.engine.connections() == 2 {
                told += 1;
                other
                    .send(&json!({
                        "type": "registertrigger", "id": format!("t{told}"),
                        "trigger_type": "tick", "function_id": "f::a",
                        "config": text_of(32 * KIB),
                    }))
                    .await;
                other.sync().await;
            }
        };
        patient("the queue is full", gone).await;
        assert!(told < 2000, "{told} messages of 32 KiB were queued");
        assert_eq!(deaf.closed().await, Some(1013), "it is told why");
        assert!(deaf.rest().len() < told, "something was dropped");
        // The triggers wait for another provider.
        let listed = other
            .call("engine::registered-triggers::list", json!({}))
            .await;
        let triggers = listed.expect("a list")["registered_triggers"].clone();
        let triggers = triggers.as_array().expect("a list").clone();
        assert_eq!(triggers.len(), told);
        assert!(triggers.iter().all(|t| t["status"] == "parked"));
    });
}

#[test]
fn a_caller_that_does_not_read_its_answers_is_not_read_from() {
    const CALLS_MAX: usize = 1000;
    small().run(async |rig| {
        let mut caller = rig.connect().await;
        let answer = async |caller: &mut Peer| {
            let listed = caller.call("engine::functions::list", json!({})).await;
            listed.expect("a list")["functions"]
                .as_array()
                .map(Vec::len)
        };
        let mut worker = rig.plain("alpha").await;
        worker
            .offer_as(json!({ "id": "f::a", "description": "x".repeat(60 * KIB) }))
            .await;
        // Its calls wait in its own socket, and with it the caller: as long as something moves, it
        // moves while the other goes to the engine and back.
        let written = Cell::new(0);
        let writing = async {
            while written.get() < CALLS_MAX {
                let call = invoke("engine::functions::list", json!({})).1;
                let call = call.to_string() + &" ".repeat(64 * KIB);
                caller.text(&call).await;
                written.set(written.get() + 1);
            }
        };
        let mut writing = pin!(writing);
        let mut idle = 0;
        while idle < 200 {
            let before = written.get();
            tokio::select! {
                biased;
                () = &mut writing => panic!("64 MiB of calls were taken and no answer read"),
                () = worker.sync() => {}
            }
            idle = if written.get() == before { idle + 1 } else { 0 };
        }
        worker.sync().await;
        let listed = answer(&mut worker).await;
        assert_eq!(listed, Some(1), "others are served");
        assert_eq!(rig.engine.connections(), 2, "it is still there");
    });
}

#[test]
fn a_worker_that_reads_slowly_but_steadily_is_alive() {
    let setup = Setup::new().limits(|limits| {
        limits.outbox_high_bytes = 64 * KIB;
        limits.heartbeat_ms = 1000;
    });
    setup.run_on(&[2], async |rig| {
        let mut executor = rig.plain("alpha").await;
        executor.offer("f::a").await;
        let slow = Request::new(rig.address).receive_buffer(256 * 1024);
        let mut slow = slow.open().await.expect("a connection");
        slow.welcome().await;
        let (call_id, call) = invoke("f::a", json!(1));
        slow.send(&call).await;
        let given = executor.given().await;
        executor.answer(&given, text_of(20 * 1024 * KIB)).await;
        // Everything the engine pings stands behind what is not read yet, so no pong comes for
        // more than three heartbeats.
        let mut pace = tokio::time::interval(Duration::from_millis(16));
        let mut left = 14 * 1024 * KIB;
        let reading = async {
            while left > 0 {
                pace.tick().await;
                let taken = slow.take(64 * KIB).await;
                assert!(taken > 0, "it was taken for dead");
                left -= taken.min(left);
            }
        };
        let keep = async {
            loop {
                executor.sync().await;
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            () = reading => {}
            () = keep => {}
        }
        let outcome = slow.outcome(&call_id).await.expect("all of it");
        assert_eq!(outcome.as_str().map(str::len), Some(20 * 1024 * KIB));
        assert_eq!(rig.engine.connections(), 2);
    });
}
