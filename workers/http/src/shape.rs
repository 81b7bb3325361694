//! The published shape of what functions get, for its JSON Schema. The bytes themselves are written
//! by `request/payload.rs`.
#![expect(dead_code, reason = "these types describe, nobody makes them")]

use iii_kit::ChannelRef;
use schemars::JsonSchema;
use std::collections::BTreeMap;

/// A request, as a function bound to an `http` trigger gets it.
#[derive(JsonSchema)]
pub(crate) struct Call {
    /// Decoded query parameters; of a repeated name the last value.
    query_params: BTreeMap<String, String>,
    /// Decoded parameters of the path, the capture of a wildcard included.
    path_params: BTreeMap<String, String>,
    /// Headers with lower-case names; of a repeated name the last value.
    headers: BTreeMap<String, String>,
    /// The route as registered.
    path: String,
    /// The method of the request.
    method: String,
    /// The body if it is JSON, else null.
    body: serde_json::Value,
    /// The trigger that fired.
    trigger: Trigger,
    /// Read the raw body here.
    request_body: ChannelRef,
    /// Stream the response here.
    response: ChannelRef,
    /// What was really requested, still percent-encoded.
    url: Url,
    /// Every value of every query parameter; there only when a name repeats.
    query_params_all: Option<BTreeMap<String, Vec<String>>>,
    /// Every value of every header; there only when a name repeats.
    headers_all: Option<BTreeMap<String, Vec<String>>>,
}

#[derive(JsonSchema)]
struct Trigger {
    /// Always `http`.
    r#type: String,
    /// The route as registered.
    path: String,
    /// The method as registered.
    method: String,
}

#[derive(JsonSchema)]
struct Url {
    path: String,
    /// Empty when there is none.
    query: String,
}
