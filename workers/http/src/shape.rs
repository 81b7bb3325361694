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
    /// Who asks.
    client: Requester,
    /// What tells this request from others, in logs and in the answer; absent when turned off.
    request_id: Option<String>,
    /// Cookies by name; there only when there are any.
    cookies: Option<BTreeMap<String, String>>,
    /// Fields of a form; there only when the body is one. Of a repeated name the last value.
    form: Option<BTreeMap<String, String>>,
    /// Every value of every field; there only when a name repeats.
    form_all: Option<BTreeMap<String, Vec<String>>>,
    /// Files of a multipart form.
    files: Option<Vec<File>>,
    /// Who asks, if the route has it verified.
    auth: Option<Caller>,
    /// What middleware has handed on.
    context: Option<BTreeMap<String, serde_json::Value>>,
    /// Every value of every query parameter; there only when a name repeats.
    query_params_all: Option<BTreeMap<String, Vec<String>>>,
    /// Every value of every header; there only when a name repeats.
    headers_all: Option<BTreeMap<String, Vec<String>>>,
}

#[derive(JsonSchema)]
struct Caller {
    /// The scheme that accepted, by its name in the configuration.
    scheme: String,
    /// `api_key`, `jwt` or `webhook`.
    r#type: String,
    /// The id of the key, or the `sub` of the token.
    subject: Option<String>,
    scopes: Vec<String>,
    /// All claims of a token.
    claims: Option<BTreeMap<String, serde_json::Value>>,
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
struct Requester {
    /// IP address, as far as trusted proxies tell.
    address: String,
}

#[derive(JsonSchema)]
struct File {
    /// Name of the form's field.
    name: String,
    filename: String,
    content_type: Option<String>,
    /// In bytes.
    size: u64,
    /// Read the file here.
    body: ChannelRef,
}

#[derive(JsonSchema)]
struct Url {
    /// `http` or `https`, as far as trusted proxies tell.
    scheme: String,
    /// The `Host` header.
    host: Option<String>,
    path: String,
    /// Empty when there is none.
    query: String,
}
