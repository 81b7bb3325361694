//! How calls end when workers do not behave.

use crate::raw::World;
use iii_protocol::Limits;
use serde_json::{Value, json};

const ID: &str = "b046f3c1-0d2e-4f5a-8b6c-7d8e9fa0b1c2";

#[tokio::test]
async fn a_worker_that_never_answers_meets_the_deadline() {
    let limits = Limits {
        deadline_default_ms: 80,
        ..Limits::DEFAULT
    };
    let world = World::start(limits);
    let mut worker = world.serving("worker", "f").await;
    let mut caller = world.worker("caller").await;
    caller.call(ID, "f", json!(1)).await;
    assert_eq!(caller.answer(ID).await["error"]["code"], "TIMEOUT");
    // The late answer is dropped.
    let call = worker.invocation().await;
    worker.reply(&call, json!("late")).await;
    worker.barrier().await;
    caller.barrier().await;
}

#[tokio::test]
async fn a_call_brings_its_own_deadline() {
    let world = World::start(Limits::DEFAULT);
    let _worker = world.serving("worker", "f").await;
    let mut caller = world.worker("caller").await;
    caller
        .send(&json!({
            "type": "invokefunction", "invocation_id": ID, "function_id": "f", "timeout_ms": 50,
        }))
        .await;
    assert_eq!(caller.answer(ID).await["error"]["code"], "TIMEOUT");
}

#[tokio::test]
async fn a_lost_worker_is_told_to_its_callers_and_a_replica_takes_over() {
    let world = World::start(Limits::DEFAULT);
    let mut first = world.serving("service", "f").await;
    let mut caller = world.worker("caller").await;
    caller.call(ID, "f", json!(1)).await;
    first.invocation().await;
    let mut second = world.serving("service", "f").await;
    drop(first);
    assert_eq!(
        caller.answer(ID).await["error"]["code"],
        "invocation_stopped"
    );
    caller.call(ID, "f", json!(2)).await;
    let call = second.invocation().await;
    assert_eq!(call["data"], 2);
    assert_eq!(call["caller"]["worker_name"], "caller");
    second.reply(&call, json!("second")).await;
    assert_eq!(caller.answer(ID).await["result"], "second");
}

#[tokio::test]
async fn a_function_belongs_to_one_worker_name() {
    let world = World::start(Limits::DEFAULT);
    let owner = world.serving("owner", "f").await;
    let mut other = world.worker("other").await;
    other
        .send(&json!({"type": "registerfunction", "id": "f"}))
        .await;
    let rejected = other.message().await;
    assert_eq!(rejected["type"], "registrationrejected");
    assert_eq!(rejected["code"], "FUNCTION_NAMESPACE_CONFLICT");
    assert_eq!(rejected["owner_worker_id"], owner.worker_id);
    other
        .send(&json!({"type": "registerfunction", "id": "engine::mine"}))
        .await;
    let rejected = other.message().await;
    assert_eq!(rejected["code"], "FUNCTION_NAMESPACE_CONFLICT");
    assert_eq!(rejected["owner_worker_id"], "");
    other.barrier().await;
}

#[tokio::test]
async fn a_draining_worker_gets_no_new_calls_and_finishes_its_own() {
    let world = World::start(Limits::DEFAULT);
    let mut leaving = world.serving("service", "f").await;
    let mut caller = world.worker("caller").await;
    caller.call(ID, "f", json!(1)).await;
    let call = leaving.invocation().await;
    leaving.text(r#"{"type":"drain"}"#).await;
    leaving.barrier().await;
    let other = "c046f3c1-0d2e-4f5a-8b6c-7d8e9fa0b1c2";
    caller.call(other, "f", json!(2)).await;
    assert_eq!(
        caller.answer(other).await["error"]["code"],
        "function_not_found"
    );
    leaving.reply(&call, json!("done")).await;
    assert_eq!(caller.answer(ID).await["result"], "done");
}

#[tokio::test]
async fn registrations_of_a_nameless_worker_are_applied_after_the_grace_period() {
    let limits = Limits {
        registration_namespace_grace_ms: 60,
        ..Limits::DEFAULT
    };
    let world = World::start(limits);
    let mut nameless = crate::raw::Raw::connect(world.address(), "/").await;
    nameless
        .send(&json!({"type": "registerfunction", "id": "f"}))
        .await;
    let mut caller = world.worker("caller").await;
    // It appears by itself: the caller asks until it is there.
    let answered = async {
        loop {
            caller.call(ID, "f", json!(1)).await;
            let answer = caller.answer(ID).await;
            if answer["error"]["code"] != "function_not_found" {
                return answer;
            }
        }
    };
    let serving = async {
        let call = nameless.invocation().await;
        nameless.reply(&call, json!("here")).await;
    };
    let (answer, ()) = tokio::join!(answered, serving);
    assert_eq!(answer["result"], "here");
}

#[tokio::test]
async fn a_reconnected_worker_drops_its_older_connection_with_the_right_token_only() {
    let world = World::start(Limits::DEFAULT);
    let mut old = world.serving("service", "f").await;
    let mut new = world.worker("service").await;
    let mut reattach = json!({"type": "reattach", "previous_worker_id": old.worker_id});
    reattach["reattach_token"] = json!("wrong");
    new.send(&reattach).await;
    new.barrier().await;
    old.barrier().await;
    reattach["reattach_token"] = old.welcome["reattach_token"].clone();
    new.send(&reattach).await;
    assert!(matches!(
        old.receive().await,
        crate::raw::Received::Closed(_)
    ));
    new.barrier().await;
}

/// Every call is answered with its own answer, also when sessions are on different threads.
async fn no_answer_is_lost(threads: usize) {
    const CALLS: usize = 20_000;
    const WINDOW: usize = 64;
    let world = World::with_threads(Limits::DEFAULT, threads);
    let mut worker = world.serving("worker", "f").await;
    let mut caller = world.worker("caller").await;
    let serve = async {
        for _ in 0..CALLS {
            let call = worker.invocation().await;
            let n = call["data"].clone();
            worker.reply(&call, n).await;
        }
    };
    let drive = async {
        let id = |n: usize| format!("00000000-0000-4000-8000-{n:012x}");
        for n in 0..WINDOW {
            caller.call(&id(n), "f", json!(n)).await;
        }
        for done in 0..CALLS {
            let answer = caller.message().await;
            let n = usize::try_from(answer["result"].as_u64().unwrap()).unwrap();
            assert_eq!(answer["invocation_id"], id(n));
            if done + WINDOW < CALLS {
                caller
                    .call(&id(done + WINDOW), "f", json!(done + WINDOW))
                    .await;
            }
        }
    };
    tokio::join!(serve, drive);
    caller.barrier().await;
    worker.barrier().await;
    assert_eq!(world.engine.running(), 0);
}

#[tokio::test]
async fn no_answer_is_lost_on_one_thread() {
    no_answer_is_lost(1).await;
}

#[tokio::test]
async fn no_answer_is_lost_between_threads() {
    no_answer_is_lost(2).await;
}

#[tokio::test]
async fn payload_bytes_pass_unchanged() {
    let world = World::start(Limits::DEFAULT);
    let mut worker = world.serving("worker", "f").await;
    let mut caller = world.worker("caller").await;
    let data = r#"{"z":1.0, "a":1e2,"n":null}"#;
    caller
        .text(&format!(
            r#"{{"data":{data},"function_id":"f","invocation_id":"{ID}","type":"invokefunction"}}"#
        ))
        .await;
    let call: Value = worker.invocation().await;
    let id = call["invocation_id"].as_str().unwrap();
    worker
        .text(&format!(
            r#"{{"type":"invocationresult","invocation_id":"{id}","result":null}}"#
        ))
        .await;
    let answer = caller.answer(ID).await;
    assert_eq!(
        answer.get("result"),
        Some(&Value::Null),
        "null is not absent"
    );
    assert_eq!(answer["function_id"], "f");
    let keys: Vec<&String> = call["data"].as_object().unwrap().keys().collect();
    assert_eq!(keys.len(), 3);
}
