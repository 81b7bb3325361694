//! What the http worker hands to a function, as far as this worker looks, and what it takes back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Request {
    #[serde(default)]
    pub(crate) path_params: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) body: Value,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Response {
    status_code: u16,
    body: Value,
}

impl Response {
    pub(crate) fn new(status_code: u16, body: Value) -> Self {
        Self { status_code, body }
    }
}
