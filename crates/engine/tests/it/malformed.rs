//! Frames that are no messages: what carries an id is answered, what breaks the framing ends its
//! own connection, and nobody else notices.

use crate::support::{Peer, Setup, code, error_of, id, invoke_as};
use iii_transport::ws::Opcode;
use serde_json::{Value, json};

#[test]
fn what_carries_no_id_is_ignored() {
    Setup::new().run(async |rig| {
        let mut peer = rig.connect().await;
        for text in [
            "",
            " ",
            "{",
            "}",
            "[]",
            "null",
            "42",
            "\"x\"",
            "{}",
            "{\"type\":5}",
            "{\"type\":null}",
            "{\"type\":\"of the future\",\"x\":1}",
            "{\"type\":\"registerfunction\"}",
            "{\"type\":\"registerfunction\",\"id\":\"\"}",
            "{\"type\":\"invokefunction\",\"data\":1}",
            "{\"type\":\"invokefunction\",\"function_id\":\"f\"",
            "{\"type\":\"invocationresult\"}",
            "{\"type\":\"reattach\"}",
            "{\"type\":\"ping\"} and more",
        ] {
            peer.text(text).await;
        }
        peer.assert_silent().await;
    });
}

#[test]
fn messages_that_only_the_engine_may_send_are_ignored() {
    Setup::new().run(async |rig| {
        let mut peer = rig.connect().await;
        for message in [
            json!({ "type": "workerregistered", "worker_id": "x" }),
            json!({ "type": "registrationrejected", "code": "X" }),
            json!({ "type": "functionregistered", "id": "f", "namespace": "default" }),
            json!({ "type": "error", "error": { "code": "X", "message": "" } }),
            json!({ "type": "pong" }),
            json!({ "type": "registerservice", "id": "legacy" }),
        ] {
            peer.send(&message).await;
        }
        peer.assert_silent().await;
    });
}

/// Sends a text with `id` in it and expects `invalid_message` under that id.
async fn refused(peer: &mut Peer, text: &str) {
    let id = id();
    peer.text(&text.replace("ID", &id)).await;
    let outcome = peer.outcome(&id).await;
    assert_eq!(code(&outcome), "invalid_message", "{text}");
    let message = outcome.expect_err("it was refused")["message"].clone();
    assert!(message.as_str().is_some_and(|m| !m.is_empty()), "{text}");
}

#[test]
fn a_call_that_cannot_be_read_is_answered() {
    Setup::new().run(async |rig| {
        let mut peer = rig.connect().await;
        let long = "x".repeat(2000);
        for text in [
            r#"{"type":"invokefunction","invocation_id":"ID"}"#,
            r#"{"type":"invokefunction","invocation_id":"ID","function_id":7}"#,
            r#"{"type":"invokefunction","invocation_id":"ID","function_id":""}"#,
            r#"{"type":"invokefunction","invocation_id":"ID","function_id":"f","action":5}"#,
            r#"{"type":"invokefunction","invocation_id":"ID","function_id":"f","timeout_ms":"x"}"#,
            r#"{"type":"invokefunction","invocation_id":"ID","function_id":"f","data":{"a":"#,
            r#"{"data":01,"type":"invokefunction","function_id":"f","invocation_id":"ID"}"#,
            r#"{"type":"invokefunction","function_id":"f","invocation_id":"ID","data":'x'}"#,
            r#"{"type":"of the future","invocation_id":"ID"}"#,
            &format!(r#"{{"type":"invokefunction","invocation_id":"ID","function_id":"{long}"}}"#),
        ] {
            refused(&mut peer, text).await;
        }
        peer.assert_silent().await;
    });
}

#[test]
fn an_action_needs_a_type_that_somebody_carries_out() {
    Setup::new().run(async |rig| {
        let mut peer = rig.connect().await;
        for (action, expected) in [
            (json!({}), "invalid_message"),
            (json!({ "type": 1 }), "invalid_message"),
            (json!({ "type": "teleport" }), "unknown_action"),
        ] {
            let id = id();
            let mut call = invoke_as(&id, "f::a", json!(1));
            call["action"] = action;
            peer.send(&call).await;
            assert_eq!(code(&peer.outcome(&id).await), expected);
        }
    });
}

#[test]
fn an_answer_that_cannot_be_read_ends_the_call() {
    Setup::new().run(async |rig| {
        let mut executor = rig.plain("alpha").await;
        executor.offer("f::a").await;
        let mut caller = rig.connect().await;
        for broken in [
            r#"{"type":"invocationresult","invocation_id":"ID","result":{"#,
            r#"{"type":"invocationresult","invocation_id":"ID","traceparent":7}"#,
        ] {
            let id = id();
            caller.send(&invoke_as(&id, "f::a", json!(1))).await;
            let given = executor.given().await;
            let given = given["invocation_id"].as_str().expect("an id").to_owned();
            executor.text(&broken.replace("ID", &given)).await;
            assert_eq!(code(&caller.outcome(&id).await), "invalid_message");
        }
    });
}

#[test]
fn a_registration_that_cannot_be_read_is_refused() {
    Setup::new().run(async |rig| {
        let mut peer = rig.plain("alpha").await;
        peer.text(r#"{"type":"registerfunction","id":"f::a","description":7}"#)
            .await;
        let rejected = peer.wait_type("registrationrejected").await;
        assert_eq!(rejected["function_id"], "f::a");
        assert_eq!(rejected["code"], "FUNCTION_NAMESPACE_CONFLICT");
        peer.text(r#"{"type":"registertriggertype","id":"tick","namespace":{}}"#)
            .await;
        let rejected = peer.wait_type("registrationrejected").await;
        assert_eq!(rejected["function_id"], "tick");
        peer.text(r#"{"type":"registertrigger","id":"t1","trigger_type":"tick"}"#)
            .await;
        let result = peer.wait_type("triggerregistrationresult").await;
        assert_eq!(result["id"], "t1");
        assert_eq!(error_of(&result), "invalid_message");
        peer.assert_silent().await;
    });
}

#[test]
fn what_breaks_the_framing_ends_its_own_connection_only() {
    Setup::new().run(async |rig| {
        let mut executor = rig.plain("alpha").await;
        executor.offer("f::a").await;
        let mut bystander = rig.connect().await;
        let (call_id, call) = crate::support::invoke("f::a", json!(1));
        bystander.send(&call).await;

        let mut peer = rig.connect().await;
        peer.frame(true, Opcode::Text, b"{\"type\":\"\xff\"}").await;
        assert_eq!(peer.closed().await, Some(1007), "no UTF-8");
        let mut peer = rig.connect().await;
        peer.frame(true, Opcode::Continuation, b"x").await;
        assert_eq!(peer.closed().await, Some(1002), "nothing to continue");
        let mut peer = rig.connect().await;
        peer.frame(false, Opcode::Ping, b"x").await;
        assert_eq!(peer.closed().await, Some(1002), "a fragmented ping");
        let mut peer = rig.connect().await;
        peer.bytes(&[0x83, 0x80, 0, 0, 0, 0]).await;
        assert_eq!(
            peer.closed().await,
            Some(1002),
            "an opcode that does not exist"
        );

        let given = executor.given().await;
        executor.answer(&given, json!("fine")).await;
        assert_eq!(bystander.outcome(&call_id).await, Ok(json!("fine")));
    });
}

/// Arrays in arrays.
fn nested(depth: usize) -> String {
    "[".repeat(depth) + &"]".repeat(depth)
}

#[test]
fn deep_nesting_harms_nobody() {
    Setup::new().run(async |rig| {
        let mut executor = rig.plain("alpha").await;
        executor.offer("f::a").await;
        let mut peer = rig.connect().await;
        let call = |id: &str, deep: &str| {
            let call = invoke_as(id, "f::a", json!("HERE")).to_string();
            call.replace("\"HERE\"", deep)
        };
        // What may be nested is passed on as it is.
        let deep = nested(500);
        peer.text(&call(&id(), &deep)).await;
        assert!(executor.stream_text().await.contains(&deep));
        // What may not is refused, wherever it stands.
        let deep = nested(100_000);
        let id = id();
        peer.text(&call(&id, &deep)).await;
        assert_eq!(code(&peer.outcome(&id).await), "invalid_message");
        let trigger = r#"{"type":"registertrigger","id":"t","config":HERE,"trigger_type":"x",
            "function_id":"f::a"}"#;
        peer.text(&trigger.replace("HERE", &deep)).await;
        let result = peer.wait_type("triggerregistrationresult").await;
        assert_eq!(error_of(&result), "invalid_message");
        peer.assert_silent().await;
        executor.assert_silent().await;
    });
}

#[test]
fn a_binary_frame_may_carry_a_message() {
    Setup::new().run(async |rig| {
        let mut peer = rig.connect().await;
        peer.frame(true, Opcode::Binary, br#"{"type":"ping"}"#)
            .await;
        peer.wait_type("pong").await;
        peer.frame(true, Opcode::Binary, b"neither this nor that")
            .await;
        peer.assert_silent().await;
    });
}

#[test]
fn fields_may_come_in_any_order_and_optional_ones_may_be_null() {
    Setup::new().run(async |rig| {
        let mut executor = rig.plain("alpha").await;
        executor
            .text(
                r#"{"id":"f::a","description":null,"request_format":null,"metadata":null,
                    "future":{"x":1},"type":"registerfunction"}"#,
            )
            .await;
        executor.sync().await;
        let mut peer = rig.connect().await;
        let id = id();
        let call = r#"{"data":[1],"namespace":null,"action":null,"metadata":null,
            "traceparent":null,"invocation_id":"ID","function_id":"f::a","timeout_ms":30000.0,
            "type":"invokefunction"}"#;
        peer.text(&call.replace("ID", &id)).await;
        let given = executor.given().await;
        assert_eq!(given["data"], json!([1]));
        assert_eq!(given.get("metadata"), None::<&Value>);
        executor.answer(&given, json!(2)).await;
        assert_eq!(peer.outcome(&id).await, Ok(json!(2)));
    });
}
