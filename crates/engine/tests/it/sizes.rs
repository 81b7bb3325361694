//! Large messages: 64 MiB pass, more is skipped and answered, far more ends the connection.

use crate::support::{Peer, Setup, code, error_of, id, invoke, invoke_as};
use iii_transport::ws::Opcode;
use serde_json::{Value, json};

const MIB: usize = 1024 * 1024;

fn text_of(bytes: usize) -> Value {
    Value::String("x".repeat(bytes))
}

/// Sends a message in fragments of 1 MiB, as published clients do.
async fn send_fragmented(peer: &mut Peer, message: &Value) {
    let text = message.to_string();
    let mut pieces = text.as_bytes().chunks(MIB).peekable();
    let mut opcode = Opcode::Text;
    while let Some(piece) = pieces.next() {
        peer.frame(pieces.peek().is_none(), opcode, piece).await;
        opcode = Opcode::Continuation;
    }
}

#[test]
fn twenty_mebibytes_pass_both_ways() {
    Setup::new().run(async |rig| {
        let mut executor = rig.plain("alpha").await;
        executor.offer("f::a").await;
        let mut caller = rig.connect().await;
        for fragmented in [false, true] {
            let data = text_of(20 * MIB);
            let (call_id, call) = invoke("f::a", data.clone());
            let work = async {
                if fragmented {
                    send_fragmented(&mut caller, &call).await;
                } else {
                    caller.send(&call).await;
                }
                caller.outcome(&call_id).await
            };
            let serve = async {
                let given = executor.given().await;
                let data = given["data"].clone();
                executor.answer(&given, data).await;
            };
            let (outcome, ()) = tokio::join!(work, serve);
            assert!(outcome == Ok(data), "what comes back is what was sent");
        }
    });
}

#[test]
fn seventy_mebibytes_are_refused_and_hurt_nobody() {
    Setup::new().run_on(&[2], async |rig| {
        let mut executor = rig.plain("alpha").await;
        executor.offer("f::a").await;
        let mut caller = rig.connect().await;
        let mut bystander = rig.connect().await;
        let (call_id, call) = invoke("f::a", text_of(70 * MIB));
        let send = async {
            caller.send(&call).await;
            caller.outcome(&call_id).await
        };
        // Others are served meanwhile.
        let others = async {
            for _ in 0..20 {
                let (call_id, call) = invoke("f::a", json!(1));
                bystander.send(&call).await;
                let given = executor.given().await;
                executor.answer(&given, json!(2)).await;
                assert_eq!(bystander.outcome(&call_id).await, Ok(json!(2)));
            }
        };
        let (outcome, ()) = tokio::join!(send, others);
        assert_eq!(code(&outcome), "payload_too_large");
        let words = outcome.expect_err("it was refused")["message"].clone();
        assert!(
            words.as_str().expect("words").contains("67108864"),
            "{words}"
        );
        caller.sync().await;

        // An answer of that size ends its call for the caller at once.
        let (call_id, call) = invoke("f::a", json!(1));
        caller.send(&call).await;
        let given = executor.given().await;
        executor.answer(&given, text_of(70 * MIB)).await;
        assert_eq!(code(&caller.outcome(&call_id).await), "payload_too_large");
        executor.sync().await;
    });
}

#[test]
fn far_too_large_a_message_ends_its_connection() {
    let setup = Setup::new().limits(|limits| {
        limits.message_bytes_max = MIB;
        limits.skip_bytes_max = 4 * MIB;
    });
    setup.run(async |rig| {
        let mut peer = rig.connect().await;
        let (call_id, call) = invoke("f::a", text_of(2 * MIB));
        peer.send(&call).await;
        assert_eq!(code(&peer.outcome(&call_id).await), "payload_too_large");
        peer.send(&invoke("f::a", text_of(5 * MIB)).1).await;
        assert_eq!(peer.closed().await, Some(1009));
        // In fragments it is found out on the way.
        let mut peer = rig.connect().await;
        send_fragmented(&mut peer, &invoke("f::a", text_of(5 * MIB)).1).await;
        assert_eq!(peer.closed().await, Some(1009));
    });
}

#[test]
fn a_registration_that_is_too_large_is_refused_by_its_id() {
    let setup = Setup::new().limits(|limits| limits.message_bytes_max = MIB);
    setup.run(async |rig| {
        let mut peer = rig.plain("alpha").await;
        for kind in ["registerfunction", "registertriggertype"] {
            let message = json!({ "type": kind, "id": "big", "description": text_of(2 * MIB) });
            peer.send(&message).await;
            let rejected = peer.wait_type("registrationrejected").await;
            assert_eq!(rejected["function_id"], "big", "{kind}");
        }
        let config = text_of(2 * MIB);
        let trigger = json!({ "type": "registertrigger", "id": "t1", "config": config });
        peer.send(&trigger).await;
        let result = peer.wait_type("triggerregistrationresult").await;
        assert_eq!(result["id"], "t1");
        assert_eq!(error_of(&result), "payload_too_large");
        peer.assert_silent().await;
    });
}

#[test]
fn unfinished_messages_of_all_connections_share_a_budget() {
    let setup = Setup::new().limits(|limits| limits.assembly_bytes_max = 3 * MIB);
    setup.run(async |rig| {
        let mut hoarder = rig.connect().await;
        let half = invoke_as(&id(), "f::a", text_of(2 * MIB)).to_string();
        hoarder.frame(false, Opcode::Text, half.as_bytes()).await;
        // Its first half is there once a control frame behind it is answered.
        hoarder.assert_pong().await;
        let mut other = rig.connect().await;
        let (call_id, call) = invoke("f::a", text_of(2 * MIB));
        send_fragmented(&mut other, &call).await;
        assert_eq!(code(&other.outcome(&call_id).await), "overloaded");
        // What was held is given back with the connection.
        drop(hoarder);
        rig.until("the hoarder has gone", || rig.engine.connections() <= 2)
            .await;
        let (call_id, call) = invoke("f::a", text_of(2 * MIB));
        send_fragmented(&mut other, &call).await;
        assert_eq!(code(&other.outcome(&call_id).await), "function_not_found");
    });
}
