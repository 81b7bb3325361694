//! Telemetry frames are passed on unread as void calls, or dropped.

use crate::support::{Request, Setup};
use iii_engine::Tables;
use iii_transport::ws::Opcode;
use serde_json::json;

const TRACES: &[u8] = br#"OTLP{"resourceSpans":[{"n":1.0}]}"#;

fn watched() -> Setup {
    Setup::new().tables(Tables {
        telemetry_function: Some("watch::frames".into()),
        ..Tables::default()
    })
}

#[test]
fn frames_reach_the_function_of_the_table() {
    watched().run(async |rig| {
        let mut watcher = rig.worker("watcher").await;
        watcher.offer("watch::frames").await;
        watcher.rest();
        let opened = Request::new(rig.address).target("/otel").open().await;
        let mut source = opened.expect("a connection");
        let mut worker = rig.plain("alpha").await;
        for (prefix, body) in [
            ("OTLP", r#"{"resourceSpans":[{"n":1.0}]}"#),
            ("MTRC", r#"{"resourceMetrics":[]}"#),
            ("LOGS", "[1, 2]"),
        ] {
            let frame = format!("{prefix}{body}");
            for peer in [&mut source, &mut worker] {
                peer.frame(true, Opcode::Binary, frame.as_bytes()).await;
            }
            for _ in 0..2 {
                let text = watcher.stream_text().await;
                assert!(text.contains(&format!("\"data\":{body}")), "unread: {text}");
                let kind = format!(r#""metadata":{{"kind":"{prefix}"}}"#);
                assert!(text.contains(&kind), "{text}");
            }
        }
        worker.assert_silent().await;
    });
}

#[test]
fn a_telemetry_connection_is_no_worker() {
    watched().run(async |rig| {
        let mut other = rig.plain("alpha").await;
        let opened = Request::new(rig.address).target("/otel").open().await;
        let mut source = opened.expect("a connection");
        for text in [
            r#"{"type":"registerfunction","id":"f::a"}"#,
            r#"{"type":"invokefunction","invocation_id":"x","function_id":"f::a"}"#,
            r#"{"type":"ping"}"#,
            "no JSON",
        ] {
            source.text(text).await;
        }
        // A pong on the level of frames is the first thing it ever hears.
        source.assert_pong().await;
        let listed = other.call("engine::functions::list", json!({})).await;
        assert_eq!(listed, Ok(json!({ "functions": [] })));
        assert_eq!(rig.engine.connections(), 2);
        drop(source);
        rig.until("it has gone", || rig.engine.connections() == 2)
            .await;
    });
}

#[test]
fn frames_that_nobody_can_use_are_dropped() {
    watched().run(async |rig| {
        let mut peer = rig.plain("alpha").await;
        // Nobody offers the function yet.
        peer.frame(true, Opcode::Binary, TRACES).await;
        let mut watcher = rig.worker("watcher").await;
        watcher.offer("watch::frames").await;
        watcher.rest();
        for broken in [&b"OTLP"[..], b"OTLP{", b"OTLP\xff", b"LOGSx", b"MTRC{} {}"] {
            peer.frame(true, Opcode::Binary, broken).await;
        }
        peer.assert_silent().await;
        watcher.assert_silent().await;
        peer.frame(true, Opcode::Binary, TRACES).await;
        watcher.given().await;
    });
    // Without an entry in the table they are dropped too.
    Setup::new().run(async |rig| {
        let mut peer = rig.plain("alpha").await;
        peer.frame(true, Opcode::Binary, TRACES).await;
        peer.assert_silent().await;
    });
}
