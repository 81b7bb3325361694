//! Messages as JSON.

use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};

/// An invocation id that nobody else has.
pub(crate) fn id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("5ca1ab1e-0000-4000-8000-{next:012x}")
}

/// A call with an id.
pub(crate) fn invoke_as(id: &str, function: &str, data: Value) -> Value {
    json!({
        "type": "invokefunction", "invocation_id": id, "function_id": function, "data": data,
    })
}

/// A call with a new id, and that id.
pub(crate) fn invoke(function: &str, data: Value) -> (String, Value) {
    let id = id();
    let message = invoke_as(&id, function, data);
    (id, message)
}

/// The code of a failed call.
pub(crate) fn code(outcome: &Result<Value, Value>) -> &str {
    match outcome {
        Err(error) => error["code"].as_str().expect("a code"),
        Ok(result) => panic!("not an error: {result}"),
    }
}

/// The error of a message.
pub(crate) fn error_of(message: &Value) -> &str {
    message["error"]["code"]
        .as_str()
        .expect("an error with a code")
}

/// The answer to a call, without reading it into a message.
pub(crate) fn result_of(id: &str, result: &str) -> String {
    format!(r#"{{"type":"invocationresult","invocation_id":"{id}","result":{result}}}"#)
}
