//! Payloads pass through as the bytes they are, and the envelope beside them.

use crate::support::{Setup, id, invoke_as, result_of};
use serde_json::{Value, json};

/// A payload that a parser would not keep: order, number texts, escapes, white space.
const ODD: &str = r#"{"z":1.0,"a":[1e2,-0,0.10],"m":"\u00e9\/","dup":1,"dup":2 , "n":null}"#;

#[test]
fn payloads_arrive_byte_for_byte() {
    Setup::new().run(async |rig| {
        let mut executor = rig.plain("alpha").await;
        executor.offer("f::a").await;
        let mut caller = rig.connect().await;
        let id = id();
        caller
            .text(&format!(
                r#"{{"type":"invokefunction","invocation_id":"{id}","function_id":"f::a",
                    "data":{ODD},"metadata":{ODD}}}"#
            ))
            .await;
        let text = executor.stream_text().await;
        assert!(text.contains(&format!("\"data\":{ODD}")), "{text}");
        assert!(text.contains(&format!("\"metadata\":{ODD}")), "{text}");
        let given: Value = serde_json::from_str(&text).expect("JSON");
        let given = given["invocation_id"].as_str().expect("an id");
        executor.text(&result_of(given, ODD)).await;
        let text = caller.stream_text().await;
        assert!(text.contains(&format!("\"result\":{ODD}")), "{text}");
        assert!(text.contains("\"function_id\":\"f::a\""), "{text}");
    });
}

#[test]
fn null_and_absent_differ() {
    Setup::new().run(async |rig| {
        let mut executor = rig.plain("alpha").await;
        executor.offer("f::a").await;
        let mut caller = rig.connect().await;
        for absent in [true, false] {
            let id = id();
            let mut call = invoke_as(&id, "f::a", Value::Null);
            if absent {
                call.as_object_mut().expect("an object").remove("data");
            }
            caller.send(&call).await;
            let given = executor.given().await;
            assert_eq!(given.get("data").is_none(), absent, "{given}");
            let mut answer = json!({
                "type": "invocationresult", "invocation_id": given["invocation_id"],
            });
            if !absent {
                answer["result"] = Value::Null;
            }
            executor.send(&answer).await;
            let result = caller.wait_type("invocationresult").await;
            assert_eq!(result.get("result").is_none(), absent, "{result}");
            assert_eq!(result.get("error"), None);
        }
    });
}

#[test]
fn the_envelope_travels_beside_the_payload() {
    Setup::new().run(async |rig| {
        let mut executor = rig.worker("alpha").await;
        executor.offer("f::a").await;
        let mut caller = rig.worker("beta").await;
        let id = id();
        let mut call = invoke_as(&id, "f::a", json!({}));
        let trace = json!({
            "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03",
            "tracestate": "vendor=1",
            "baggage": "k=v",
        });
        for (field, value) in trace.as_object().expect("an object") {
            call[field] = value.clone();
        }
        call["timeout_ms"] = json!(20_000);
        call["caller"] = json!({ "worker_id": "somebody else" });
        caller.send(&call).await;
        let given = executor.given().await;
        for (field, value) in trace.as_object().expect("an object") {
            assert_eq!(given[field], *value);
        }
        let caller_of = json!({ "worker_id": caller.worker_id, "worker_name": "beta" });
        assert_eq!(given["caller"], caller_of);
        let left = given["timeout_ms"].as_u64().expect("the time left");
        assert!((10_000..=20_000).contains(&left), "{left}");
        assert_eq!(given["data"], json!({}), "nothing is added to the payload");
        for absent in ["action", "namespace", "parent"] {
            assert_eq!(given.get(absent), None, "{absent}");
        }
        assert_ne!(
            given["invocation_id"], id,
            "executors get ids of the engine"
        );
        executor
            .send(&json!({
                "type": "invocationresult", "invocation_id": given["invocation_id"],
                "error": { "code": "mine", "message": "words", "stacktrace": "at x" },
                "traceparent": trace["traceparent"],
            }))
            .await;
        let result = caller.wait_type("invocationresult").await;
        assert_eq!(result["traceparent"], trace["traceparent"]);
        let error = json!({ "code": "mine", "message": "words", "stacktrace": "at x" });
        assert_eq!(result["error"], error);
    });
}

#[test]
fn the_caller_is_put_into_payloads_only_where_the_listener_says_so() {
    let setup = Setup::new().listener(|listener| listener.inject_caller = true);
    setup.run(async |rig| {
        let mut executor = rig.plain("alpha").await;
        executor.offer("f::a").await;
        let mut caller = rig.connect().await;
        for (data, expected) in [
            (
                json!({ "a": 1 }),
                json!({ "_caller_worker_id": caller.worker_id, "a": 1 }),
            ),
            (json!({}), json!({ "_caller_worker_id": caller.worker_id })),
            (json!([1]), json!([1])),
            (json!("x"), json!("x")),
        ] {
            caller.send(&invoke_as(&id(), "f::a", data)).await;
            assert_eq!(executor.given().await["data"], expected);
        }
    });
}

#[test]
fn a_void_call_is_made_and_never_answered() {
    Setup::new().run(async |rig| {
        let mut executor = rig.plain("alpha").await;
        executor.offer("f::a").await;
        let mut caller = rig.connect().await;
        let void = json!({ "type": "void" });
        for (with_id, function) in [(true, "f::a"), (false, "f::a"), (true, "nobody::has")] {
            let mut call = invoke_as(&id(), function, json!(1));
            call["action"] = void.clone();
            if !with_id {
                call.as_object_mut()
                    .expect("an object")
                    .remove("invocation_id");
            }
            caller.send(&call).await;
        }
        let mut blank = invoke_as(&id(), "f::a", json!(1));
        blank["action"] = void;
        blank["namespace"] = json!(" ");
        caller.send(&blank).await;
        for _ in 0..2 {
            let given = executor.given().await;
            assert!(
                given["invocation_id"].is_string(),
                "executors always get an id"
            );
            executor.answer(&given, json!("unheard")).await;
        }
        executor.assert_silent().await;
        caller.assert_silent().await;
    });
}
