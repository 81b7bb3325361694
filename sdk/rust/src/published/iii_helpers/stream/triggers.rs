//! Which changes of a stream fire.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which joins or leaves fire.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct StreamJoinLeaveTriggerConfig {
    /// Only of this stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream_name: Option<String>,
    /// Asked before the function runs; a literal `false` blocks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition_function_id: Option<String>,
}

impl StreamJoinLeaveTriggerConfig {
    /// All.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only of this stream.
    #[must_use]
    pub fn stream_name(mut self, name: impl Into<String>) -> Self {
        self.stream_name = Some(name.into());
        self
    }

    /// Ask this function first.
    #[must_use]
    pub fn condition(mut self, function_id: impl Into<String>) -> Self {
        self.condition_function_id = Some(function_id.into());
        self
    }
}

/// Which changes of items fire.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct StreamTriggerConfig {
    /// Only of this stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream_name: Option<String>,
    /// Only of this group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_id: Option<String>,
    /// Only of this item.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_id: Option<String>,
    /// Asked before the function runs; a literal `false` blocks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition_function_id: Option<String>,
}

impl StreamTriggerConfig {
    /// All.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only of this stream.
    #[must_use]
    pub fn stream_name(mut self, name: impl Into<String>) -> Self {
        self.stream_name = Some(name.into());
        self
    }

    /// Only of this group.
    #[must_use]
    pub fn group_id(mut self, id: impl Into<String>) -> Self {
        self.group_id = Some(id.into());
        self
    }

    /// Only of this item.
    #[must_use]
    pub fn item_id(mut self, id: impl Into<String>) -> Self {
        self.item_id = Some(id.into());
        self
    }

    /// Ask this function first.
    #[must_use]
    pub fn condition(mut self, function_id: impl Into<String>) -> Self {
        self.condition_function_id = Some(function_id.into());
        self
    }
}
