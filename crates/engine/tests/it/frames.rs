//! Frames that are no messages, or not the sender's to send.

use crate::raw::{Raw, Received, World};
use iii_protocol::Limits;
use serde_json::json;

const ID: &str = "b046f3c1-0d2e-4f5a-8b6c-7d8e9fa0b1c2";

#[tokio::test]
async fn a_broken_call_with_an_id_is_answered() {
    let world = World::start(Limits::DEFAULT);
    let mut raw = world.worker("w").await;
    let broken = [
        format!(r#"{{"type":"invokefunction","invocation_id":"{ID}","data":{{oops}}}}"#),
        format!(r#"{{"type":"invokefunction","invocation_id":"{ID}"}}"#),
        format!(r#"{{"invocation_id":"{ID}","function_id":7,"type":"invokefunction"}}"#),
        format!(r#"{{"type":"nonsense","invocation_id":"{ID}"}}"#),
        format!(
            r#"{{"type":"invokefunction","invocation_id":"{ID}","function_id":"f","action":7}}"#
        ),
    ];
    for frame in broken {
        raw.text(&frame).await;
        let answer = raw.answer(ID).await;
        assert_eq!(answer["error"]["code"], "invalid_message", "{frame}");
    }
    raw.barrier().await;
}

#[tokio::test]
async fn frames_without_an_id_are_passed_over() {
    let world = World::start(Limits::DEFAULT);
    let mut raw = world.worker("w").await;
    let frames = [
        "",
        " ",
        "null",
        "[]",
        "{",
        "{}",
        "\"x\"",
        r#"{"type":7}"#,
        r#"{"type":"nonsense"}"#,
        r#"{"type":"registerfunction"}"#,
        r#"{"type":"registerfunction","id":""}"#,
        r#"{"type":"workerregistered","worker_id":"x"}"#,
        r#"{"type":"invocationresult"}"#,
        r#"{"type":"pong"}"#,
        r#"{"type":"registerservice","id":"s"}"#,
    ];
    for frame in frames {
        raw.text(frame).await;
        raw.barrier().await;
    }
}

#[tokio::test]
async fn calls_that_cannot_be_routed_say_why() {
    let world = World::start(Limits::DEFAULT);
    let mut raw = world.worker("w").await;
    raw.call(ID, "no::such", json!(1)).await;
    let answer = raw.answer(ID).await;
    assert_eq!(answer["error"]["code"], "function_not_found");
    assert_eq!(
        answer["error"]["message"],
        "Function no::such not found in namespace default."
    );
    raw.send(&json!({
        "type": "invokefunction", "invocation_id": ID, "function_id": "f", "namespace": " ",
    }))
    .await;
    assert_eq!(raw.answer(ID).await["error"]["code"], "INVALID_NAMESPACE");
    raw.send(&json!({
        "type": "invokefunction", "invocation_id": ID, "function_id": "f",
        "action": {"type": "teleport"},
    }))
    .await;
    assert_eq!(raw.answer(ID).await["error"]["code"], "unknown_action");
}

#[tokio::test]
async fn nobody_answers_for_another() {
    let world = World::start(Limits::DEFAULT);
    let mut worker = world.serving("worker", "f").await;
    let mut stranger = world.worker("stranger").await;
    let mut caller = world.worker("caller").await;
    caller.call(ID, "f", json!({"n": 1})).await;
    let call = worker.invocation().await;
    assert_ne!(
        call["invocation_id"], ID,
        "executors are given ids of the engine's making"
    );
    stranger.reply(&call, json!("forged")).await;
    stranger.barrier().await;
    caller.barrier().await;
    worker.reply(&call, json!("true")).await;
    worker.reply(&call, json!("twice")).await;
    assert_eq!(caller.answer(ID).await["result"], "true");
    caller.barrier().await;
}

#[tokio::test]
async fn an_id_in_use_is_refused_without_ending_the_open_call() {
    let world = World::start(Limits::DEFAULT);
    let mut worker = world.serving("worker", "f").await;
    let mut caller = world.worker("caller").await;
    caller.call(ID, "f", json!(1)).await;
    let call = worker.invocation().await;
    caller.call(ID, "f", json!(2)).await;
    assert_eq!(caller.answer(ID).await["error"]["code"], "invalid_message");
    worker.reply(&call, json!("first")).await;
    assert_eq!(caller.answer(ID).await["result"], "first");
}

#[tokio::test]
async fn an_unreadable_answer_ends_its_call() {
    let world = World::start(Limits::DEFAULT);
    let mut worker = world.serving("worker", "f").await;
    let mut caller = world.worker("caller").await;
    caller.call(ID, "f", json!(1)).await;
    let call = worker.invocation().await;
    let id = call["invocation_id"].as_str().unwrap();
    worker
        .text(&format!(
            r#"{{"type":"invocationresult","invocation_id":"{id}","result":nope}}"#
        ))
        .await;
    assert_eq!(caller.answer(ID).await["error"]["code"], "invalid_message");
}

#[tokio::test]
async fn oversize_messages_are_answered_and_the_connection_goes_on() {
    let limits = Limits {
        message_bytes_max: 1 << 20,
        skip_bytes_max: 4 << 20,
        ..Limits::DEFAULT
    };
    let world = World::start(limits);
    let mut worker = world.serving("worker", "f").await;
    let mut caller = world.worker("caller").await;
    let pad = "x".repeat(2 << 20);
    caller.call(ID, "f", json!({ "pad": pad })).await;
    assert_eq!(
        caller.answer(ID).await["error"]["code"],
        "payload_too_large"
    );
    caller.call(ID, "f", json!("small")).await;
    let call = worker.invocation().await;
    worker.reply(&call, json!({ "pad": pad })).await;
    assert_eq!(
        caller.answer(ID).await["error"]["code"],
        "payload_too_large"
    );
    worker.barrier().await;
    caller
        .text(&format!(
            r#"{{"type":"ping","pad":"{}"}}"#,
            "x".repeat(5 << 20)
        ))
        .await;
    assert_eq!(caller.receive().await, Received::Closed(Some(1009)));
}

#[tokio::test]
async fn twenty_mebibytes_pass_in_one_frame() {
    let world = World::start(Limits::DEFAULT);
    let mut worker = world.serving("worker", "f").await;
    let mut caller = world.worker("caller").await;
    let pad = "x".repeat(20 << 20);
    let (sent, call) = tokio::join!(caller.call(ID, "f", json!(pad)), worker.invocation());
    let () = sent;
    assert_eq!(call["data"].as_str().unwrap().len(), pad.len());
    worker.reply(&call, json!("ok")).await;
    assert_eq!(caller.answer(ID).await["result"], "ok");
}

#[tokio::test]
async fn framing_violations_end_only_their_own_connection() {
    let world = World::start(Limits::DEFAULT);
    let mut good = world.worker("good").await;
    for (opcode, payload, code) in [
        (3, b"x".as_slice(), 1002),
        (1, b"\xff\xfe".as_slice(), 1007),
    ] {
        let mut bad = Raw::connect(world.address(), "/").await;
        bad.frame(opcode, payload).await;
        assert_eq!(
            bad.receive().await,
            Received::Closed(Some(code)),
            "opcode {opcode}"
        );
    }
    good.barrier().await;
}
