//! Everything at once, on several threads: no call is lost, whatever happens around it.

use crate::support::{Peer, Rig, Setup, patient};
use fastrand::Rng;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Workers at a time.
const WORKERS: usize = 8;
/// Rounds in which every worker does something.
const ROUNDS: usize = 60;
/// Calls of a worker under way at most.
const OPEN_MAX: usize = 32;
/// Names they share, so that some are replicas.
const NAMES: usize = 3;

/// A worker of this load: it calls, answers, and counts.
struct Busy {
    peer: Peer,
    /// Numbers of its open calls, by id.
    open: BTreeMap<String, u64>,
    /// Calls it was given and has not answered.
    tasks: Vec<Value>,
}

impl Busy {
    async fn start(rig: &Rig, name: usize) -> Self {
        let mut peer = rig.worker(&format!("name{name}")).await;
        peer.offer(&format!("f::{name}")).await;
        peer.rest();
        Self {
            peer,
            open: BTreeMap::new(),
            tasks: Vec::new(),
        }
    }

    /// Makes some calls.
    async fn call(&mut self, rng: &mut Rng, count: &mut u64) {
        while self.open.len() < OPEN_MAX && rng.u32(0..4) > 0 {
            *count += 1;
            let id = crate::support::id();
            let function = format!("f::{}", rng.usize(0..NAMES));
            let data = json!({ "n": *count, "pad": "x".repeat(rng.usize(0..2000)) });
            let mut call = crate::support::invoke_as(&id, &function, data);
            match rng.u32(0..10) {
                0 => call["timeout_ms"] = json!(rng.u32(0..5)),
                1 => call["action"] = json!({ "type": "void" }),
                _ => {}
            }
            if call.get("action").is_none() {
                self.open.insert(id.clone(), *count);
            }
            self.peer.send(&call).await;
            if rng.u32(0..12) == 0 {
                let cancel = json!({ "type": "cancelinvocation", "invocation_id": id });
                self.peer.send(&cancel).await;
            }
        }
    }

    /// Takes what has come, up to a round trip.
    async fn listen(&mut self) {
        self.peer.sync().await;
        for message in self.peer.rest() {
            match message["type"].as_str() {
                Some("invokefunction") => self.tasks.push(message),
                Some("invocationresult") => self.ended(&message),
                Some("cancelinvocation") => {
                    let id = &message["invocation_id"];
                    self.tasks.retain(|task| task["invocation_id"] != *id);
                }
                other => panic!("unexpected {other:?}: {message}"),
            }
        }
    }

    /// One of its calls has ended: once, and with what belongs to it.
    fn ended(&mut self, message: &Value) {
        let id = message["invocation_id"].as_str().expect("an id");
        let Some(number) = self.open.remove(id) else {
            panic!("`{id}` ended twice or never was: {message}");
        };
        match message.get("error") {
            None => assert_eq!(message["result"]["n"], number, "another's answer"),
            Some(error) => {
                let code = error["code"].as_str().expect("a code");
                let known = [
                    "TIMEOUT",
                    "cancelled",
                    "invocation_stopped",
                    "function_not_found",
                ];
                assert!(known.contains(&code), "{error}");
            }
        }
    }

    /// Answers some of what it was asked.
    async fn answer(&mut self, rng: &mut Rng, all: bool) {
        let mut left = Vec::new();
        for task in std::mem::take(&mut self.tasks) {
            if all || rng.u32(0..3) > 0 {
                let result = json!({ "n": task["data"]["n"] });
                self.peer.answer(&task, result).await;
            } else {
                left.push(task);
            }
        }
        self.tasks = left;
    }
}

async fn rounds(rig: &Rig, seed: u64) {
    let mut rng = Rng::with_seed(seed);
    let mut count = 0;
    let mut workers = Vec::new();
    for name in 0..WORKERS {
        workers.push(Busy::start(rig, name % NAMES).await);
    }
    for _ in 0..ROUNDS {
        for worker in &mut workers {
            worker.call(&mut rng, &mut count).await;
        }
        for worker in &mut workers {
            worker.listen().await;
            worker.answer(&mut rng, false).await;
        }
        if rng.u32(0..4) == 0 {
            // One dies with everything it had open, and another comes.
            let at = rng.usize(0..workers.len());
            drop(workers.swap_remove(at));
            let next = Busy::start(rig, rng.usize(0..NAMES)).await;
            workers.push(next);
        }
    }
    let rest = async {
        while workers
            .iter()
            .any(|w| !w.open.is_empty() || !w.tasks.is_empty())
        {
            for worker in &mut workers {
                worker.listen().await;
                worker.answer(&mut rng, true).await;
            }
        }
    };
    patient("every call ends", rest).await;
    // Void calls that are still on their way are answered too; then nobody runs anything.
    let idle = async {
        while rig.engine.running() > 0 {
            for worker in &mut workers {
                worker.listen().await;
                worker.answer(&mut rng, true).await;
            }
        }
    };
    patient("nothing runs", idle).await;
    assert!(count > 1000, "{count} calls are no load");
    for worker in &mut workers {
        let listed = worker.peer.call("engine::workers::list", json!({})).await;
        let listed = listed.expect("a list")["workers"].clone();
        let busy = listed.as_array().expect("a list").iter();
        let mut busy = busy.filter(|worker| worker["active_invocations"] != 0);
        assert!(busy.next().is_none(), "{listed}");
    }
}

#[test]
fn no_call_is_lost_on_two_threads_or_four() {
    Setup::new().run_on(&[2, 4], async |rig| {
        for seed in 0..3 {
            rounds(rig, seed).await;
        }
    });
}
