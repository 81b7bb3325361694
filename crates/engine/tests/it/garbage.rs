//! Random damage: whatever one connection sends, another is served.

use crate::support::{Peer, Rig, Setup, invoke};
use fastrand::Rng;
use iii_transport::ws::Opcode;
use serde_json::json;

/// Connections that send damaged messages.
const CONNECTIONS: usize = 40;
/// Messages of each.
const MESSAGES: usize = 40;

/// Messages to damage, with all that a worker can say.
fn sound(rng: &mut Rng) -> String {
    let number = rng.u32(0..4);
    let message = match rng.u32(0..12) {
        0 => json!({
            "type": "registerfunction", "id": format!("g::{number}"),
            "description": "é \" \\ \u{1}",
            "request_format": { "type": "object" }, "timeout_ms": 5, "exclusive": true,
        }),
        1 => json!({ "type": "registertriggertype", "id": "tick", "namespace": "west" }),
        2 => json!({
            "type": "registertrigger", "id": format!("t{number}"), "trigger_type": "tick",
            "function_id": "g::0", "config": { "a": [1, 2.5e3, null, true, "x"] },
        }),
        3 => json!({ "type": "unregistertrigger", "id": format!("t{number}") }),
        4 => json!({ "type": "triggerregistrationresult", "id": "t0", "trigger_type": "tick" }),
        5 => json!({
            "type": "invocationresult", "invocation_id": crate::support::id(), "result": [1],
        }),
        6 => json!({ "type": "cancelinvocation", "invocation_id": crate::support::id() }),
        7 => json!({ "type": "reattach", "previous_worker_id": "w", "reattach_token": "t" }),
        8 => {
            invoke(
                "engine::workers::register",
                json!({ "name": "n", "pid": number }),
            )
            .1
        }
        9 => {
            invoke(
                "engine::register_trigger",
                json!({ "trigger_type": "x", "function_id": "y" }),
            )
            .1
        }
        10 => {
            invoke(
                "engine::functions::info",
                json!({ "function_ids": ["a", "b"] }),
            )
            .1
        }
        _ => {
            let mut call = invoke("g::0", json!({ "deep": [[[[{ "x": "y" }]]]] })).1;
            call["action"] = json!({ "type": "void" });
            call["traceparent"] = json!("00-x");
            call
        }
    };
    message.to_string()
}

fn damaged(rng: &mut Rng) -> Vec<u8> {
    let mut bytes = sound(rng).into_bytes();
    for _ in 0..rng.u32(0..4) {
        if bytes.is_empty() {
            break;
        }
        let at = rng.usize(0..bytes.len());
        match rng.u32(0..6) {
            0 => bytes[at] = rng.u8(32..127),
            1 => bytes[at] = b"{}[]\",:\\0"[rng.usize(0..9)],
            2 => bytes.truncate(at),
            3 => drop(bytes.remove(at)),
            4 => {
                let piece = bytes[at..].to_vec();
                bytes.extend_from_slice(&piece);
            }
            _ => bytes[at] = rng.u8(..),
        }
    }
    bytes
}

async fn still_served(rig: &Rig, executor: &mut Peer) {
    let mut caller = rig.connect().await;
    let (call_id, call) = invoke("f::a", json!(1));
    caller.send(&call).await;
    let given = executor.given().await;
    executor.answer(&given, json!(2)).await;
    assert_eq!(caller.outcome(&call_id).await, Ok(json!(2)));
}

#[test]
fn damaged_messages_hurt_nobody_else() {
    Setup::new().run(async |rig| {
        let mut executor = rig.plain("alpha").await;
        executor.offer("f::a").await;
        for seed in 0..CONNECTIONS {
            let mut rng = Rng::with_seed(seed as u64);
            let mut peer = rig.connect().await;
            for _ in 0..MESSAGES {
                let bytes = damaged(&mut rng);
                let opcode = [Opcode::Text, Opcode::Binary][rng.usize(0..2)];
                peer.frame(true, opcode, &bytes).await;
            }
            // It may have been closed for what is no UTF-8; if not, it is still understood.
            let alive = peer.survives().await;
            if seed % 8 == 0 || !alive {
                still_served(rig, &mut executor).await;
            }
        }
        drop(executor);
        rig.until("everybody has left", || rig.engine.connections() == 1)
            .await;
    });
}
