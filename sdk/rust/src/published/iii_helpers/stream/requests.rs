//! What a stream is asked, and what it answers.

use super::{UpdateOp, UpdateOpError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;

/// Asks for one item.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StreamGetInput {
    /// The stream.
    pub stream_name: String,
    /// The group.
    pub group_id: String,
    /// The item.
    pub item_id: String,
}

/// Sets an item.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StreamSetInput {
    /// The stream.
    pub stream_name: String,
    /// The group.
    pub group_id: String,
    /// The item.
    pub item_id: String,
    /// What it is to be.
    pub data: Value,
}

/// Removes an item.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StreamDeleteInput {
    /// The stream.
    pub stream_name: String,
    /// The group.
    pub group_id: String,
    /// The item.
    pub item_id: String,
}

/// Asks for all items of a group.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StreamListInput {
    /// The stream.
    pub stream_name: String,
    /// The group.
    pub group_id: String,
}

/// Asks for all groups.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StreamListGroupsInput {
    /// The stream.
    pub stream_name: String,
}

/// Changes an item, all steps or none seen by anybody.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StreamUpdateInput {
    /// The stream.
    pub stream_name: String,
    /// The group.
    pub group_id: String,
    /// The item.
    pub item_id: String,
    /// The steps, in order.
    pub ops: Vec<UpdateOp>,
}

/// What an update did.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct StreamUpdateResult {
    /// The value before.
    pub old_value: Option<Value>,
    /// The value now.
    pub new_value: Value,
    /// Steps that failed; the others are done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<UpdateOpError>,
}

/// What a set did.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct StreamSetResult {
    /// The value before.
    pub old_value: Option<Value>,
    /// The value now.
    pub new_value: Value,
}

/// What a delete did.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct StreamDeleteResult {
    /// The value before.
    pub old_value: Option<Value>,
}

/// Somebody who wants to subscribe.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StreamAuthInput {
    /// Header lines of the request.
    pub headers: HashMap<String, String>,
    /// Its path.
    pub path: String,
    /// Parameters of its query; one may come several times.
    pub query_params: HashMap<String, Vec<String>>,
    /// Where it comes from.
    pub addr: String,
}

/// What is known of somebody who subscribes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StreamAuthResult {
    /// Handed to the stream's handlers.
    pub context: Option<Value>,
}

/// Whether somebody may join.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StreamJoinResult {
    /// They may not.
    pub unauthorized: bool,
}
