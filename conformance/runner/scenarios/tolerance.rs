//! An engine that says more than this SDK knows, or less, or nonsense.

use super::group;
use crate::bench::Bench;
use crate::client::Client;
use crate::fake::{FakeEngine, Frame, Peer};
use anyhow::{Result, ensure};
use serde_json::{Value, json};

group!("tolerance":
    unknown_fields_are_ignored,
    unknown_messages_and_garbage_are_ignored,
    a_result_twice_counts_once,
    results_of_unknown_calls_are_ignored,
    an_engine_without_our_features_works,
    an_error_of_any_shape_is_an_error,
    a_call_of_what_is_not_offered_is_answered,
    messages_in_binary_frames_are_read,
    null_is_absent_for_optional_fields,
);

fn connected(bench: &mut Bench, greeting: &Value) -> Result<(Client, Peer)> {
    let fake = FakeEngine::listen()?;
    let client = Client::connecting(bench.driver()?, fake.url(), "client", &json!({}))?;
    let mut peer = fake.accept()?;
    ensure!(peer.head.starts_with("GET / "), "{}", peer.head);
    peer.greet_with(greeting)?;
    client.reaches("connected")?;
    Ok((client, peer))
}

fn ours(bench: &mut Bench) -> Result<(Client, Peer)> {
    connected(bench, &json!({ "features": ["iii-kit.v1"] }))
}

/// Calls, and answers with further fields.
fn answered(client: &Client, peer: &mut Peer, extra: &Value) -> Result<()> {
    let call = client.start("f", json!(1))?;
    let made = peer.expect_call("f")?;
    let mut result = json!({
        "type": "invocationresult",
        "invocation_id": made["invocation_id"],
        "result": { "ok": true },
    });
    for (name, value) in extra.as_object().into_iter().flatten() {
        result[name] = value.clone();
    }
    peer.send(&result)?;
    ensure!(call.wait()?.value()? == json!({ "ok": true }));
    Ok(())
}

/// Offers a function, and calls it with further fields.
fn invoked(client: &Client, peer: &mut Peer, extra: &Value) -> Result<Value> {
    let register = client.request("register_function").with("function", "g");
    let register = register.with("behaviour", json!({ "kind": "echo" }));
    let registered = client.driver.send(register)?;
    peer.accept_function("g")?;
    registered.wait()?.nothing()?;
    invoke(peer, "g", extra)
}

fn invoke(peer: &mut Peer, function: &str, extra: &Value) -> Result<Value> {
    let mut call = json!({
        "type": "invokefunction",
        "invocation_id": "0b0e3bd4-32f5-4b62-8d8a-0000000000aa",
        "function_id": function,
        "data": { "n": 1 },
    });
    for (name, value) in extra.as_object().into_iter().flatten() {
        call[name] = value.clone();
    }
    peer.send(&call)?;
    let result = peer.expect("invocationresult")?;
    ensure!(result["invocation_id"] == call["invocation_id"], "{result}");
    Ok(result)
}

fn unknown_fields_are_ignored(bench: &mut Bench) -> Result<()> {
    let greeting = json!({
        "features": ["iii-kit.v1", "from-the-future.v9"],
        "future": { "deep": [1, 2] },
        "reattach_token": "token",
    });
    let (client, mut peer) = connected(bench, &greeting)?;
    let future = json!({ "future": { "a": [null] }, "zzz": 1 });
    answered(&client, &mut peer, &future)?;
    let result = invoked(&client, &mut peer, &future)?;
    ensure!(result["result"] == json!({ "n": 1 }), "{result}");
    Ok(())
}

fn unknown_messages_and_garbage_are_ignored(bench: &mut Bench) -> Result<()> {
    let (client, mut peer) = ours(bench)?;
    let texts = [
        r#"{"type":"fromthefuture","id":"x","data":1}"#,
        r#"{"no":"type"}"#,
        r#"{"type":7}"#,
        "{",
        "[]",
        "null",
        "words",
        r#"{"type":"invokefunction"}"#,
        r#"{"type":"invocationresult"}"#,
        r#"{"type":"registertrigger"}"#,
        r#"{"type":"drain","reason":"shutdown","future":1}"#,
    ];
    for text in texts {
        peer.send_text(text)?;
    }
    peer.send_frame(&Frame::Binary(vec![0xff, 0xfe, 0, 1]))?;
    peer.send_frame(&Frame::Binary(Vec::new()))?;
    peer.send_frame(&Frame::Text(Vec::new()))?;
    answered(&client, &mut peer, &json!({}))
}

fn a_result_twice_counts_once(bench: &mut Bench) -> Result<()> {
    let (client, mut peer) = ours(bench)?;
    let first = client.start("f", json!(1))?;
    let made = peer.expect_call("f")?;
    let id = &made["invocation_id"];
    for result in ["first", "second"] {
        peer.send(&json!({ "type": "invocationresult", "invocation_id": id, "result": result }))?;
    }
    let error = json!({ "code": "late", "message": "too late" });
    peer.send(&json!({ "type": "invocationresult", "invocation_id": id, "error": error }))?;
    ensure!(first.wait()?.value()? == "first");
    answered(&client, &mut peer, &json!({}))
}

fn results_of_unknown_calls_are_ignored(bench: &mut Bench) -> Result<()> {
    let (client, mut peer) = ours(bench)?;
    for id in ["", "words", "0b0e3bd4-32f5-4b62-8d8a-0000000000ff"] {
        peer.send(&json!({ "type": "invocationresult", "invocation_id": id, "result": 1 }))?;
        peer.send(&json!({ "type": "cancelinvocation", "invocation_id": id }))?;
        peer.send(&json!({ "type": "functionregistered", "id": id, "namespace": "default" }))?;
        peer.send(&json!({ "type": "unregistertrigger", "id": id, "trigger_type": "none" }))?;
    }
    answered(&client, &mut peer, &json!({}))
}

fn an_engine_without_our_features_works(bench: &mut Bench) -> Result<()> {
    let (client, mut peer) = connected(bench, &json!({}))?;
    // It acknowledges nothing, so what is announced counts as registered.
    client.offer("g", json!({ "kind": "echo" }))?;
    peer.expect("registerfunction")?;
    let result = invoke(&mut peer, "g", &json!({}))?;
    ensure!(result["result"] == json!({ "n": 1 }), "{result}");
    answered(&client, &mut peer, &json!({}))
}

fn an_error_of_any_shape_is_an_error(bench: &mut Bench) -> Result<()> {
    let (client, mut peer) = ours(bench)?;
    let errors = [
        (
            json!({ "code": "mine", "message": "no", "more": 1 }),
            "mine",
        ),
        (json!("just words"), "UNKNOWN"),
        (json!({ "status": 7 }), "UNKNOWN"),
    ];
    for (error, code) in errors {
        let call = client.start("f", json!(1))?;
        let made = peer.expect_call("f")?;
        let id = &made["invocation_id"];
        peer.send(&json!({ "type": "invocationresult", "invocation_id": id, "error": error }))?;
        call.wait()?.fails_with(code)?;
    }
    Ok(())
}

fn a_call_of_what_is_not_offered_is_answered(bench: &mut Bench) -> Result<()> {
    let (_client, mut peer) = ours(bench)?;
    let result = invoke(&mut peer, "nothing", &json!({}))?;
    ensure!(result["error"]["code"] == "function_not_found", "{result}");
    Ok(())
}

fn messages_in_binary_frames_are_read(bench: &mut Bench) -> Result<()> {
    let (_client, mut peer) = ours(bench)?;
    peer.send_frame(&Frame::Binary(br#"{"type":"ping"}"#.to_vec()))?;
    peer.expect("pong").map(drop)
}

fn null_is_absent_for_optional_fields(bench: &mut Bench) -> Result<()> {
    let greeting = json!({
        "features": ["iii-kit.v1"], "reattach_token": null, "channel_secret": null,
    });
    let (client, mut peer) = connected(bench, &greeting)?;
    let nulls = json!({
        "metadata": null, "traceparent": null, "tracestate": null, "baggage": null,
        "caller": null, "timeout_ms": null, "attempt": null, "delivery": null,
    });
    let result = invoked(&client, &mut peer, &nulls)?;
    ensure!(result["result"] == json!({ "n": 1 }), "{result}");
    let call = client.start("f", json!(1))?;
    let made = peer.expect_call("f")?;
    peer.send(&json!({
        "type": "invocationresult", "invocation_id": made["invocation_id"],
        "result": 3, "error": null, "function_id": null, "traceparent": null, "quiet": null,
    }))?;
    ensure!(call.wait()?.value()? == 3);
    Ok(())
}
