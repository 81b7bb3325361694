//! What functions are called with when a stream changes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Somebody joined or left a stream.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct StreamJoinLeaveEvent {
    /// Who, by the subscription.
    pub subscription_id: String,
    /// The stream.
    pub stream_name: String,
    /// The group.
    pub group_id: String,
    /// The item, when it is about one.
    pub id: Option<String>,
    /// What the stream's auth function returned.
    pub context: Option<Value>,
}

/// What happened to an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StreamEventType {
    /// It is new.
    Create,
    /// It is another.
    Update,
    /// It is gone.
    Delete,
}

/// What happened to an item, and what it is now.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct StreamChangeEventDetail {
    /// What happened.
    #[serde(rename = "type")]
    pub event_type: StreamEventType,
    /// The item.
    pub data: Value,
}

/// An item of a stream changed.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct StreamChangeEvent {
    /// `stream`
    #[serde(rename = "type")]
    pub event_type: String,
    /// When, in milliseconds since 1970.
    pub timestamp: i64,
    /// The stream.
    #[serde(rename = "streamName")]
    pub stream_name: String,
    /// The group.
    #[serde(rename = "groupId")]
    pub group_id: String,
    /// The item.
    pub id: Option<String>,
    /// What happened to it.
    pub event: StreamChangeEventDetail,
}
