//! References to channel ends, as they travel in payloads.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// Which end a reference attaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChannelDirection {
    /// The end that reads.
    Read,
    /// The end that writes.
    Write,
}

/// A reference to one end of a channel: ordinary JSON that may be placed anywhere in a payload. It
/// is good for one attach.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChannelRef {
    /// The channel.
    pub channel_id: String,
    /// Admits to this end; keep it out of logs.
    pub access_key: String,
    /// Which end.
    pub direction: ChannelDirection,
}

impl fmt::Debug for ChannelRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelRef")
            .field("channel_id", &self.channel_id)
            .field("direction", &self.direction)
            .finish_non_exhaustive()
    }
}

/// References to both ends of one channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChannelRefs {
    /// The writing end.
    pub writer: ChannelRef,
    /// The reading end.
    pub reader: ChannelRef,
}

/// Whether a value is a reference to a channel end.
///
/// ```
/// use iii_kit::is_channel_ref;
/// use iii_kit::serde_json::json;
/// assert!(is_channel_ref(&json!({ "channel_id": "c", "access_key": "k", "direction": "read" })));
/// assert!(!is_channel_ref(&json!({ "channel_id": "c" })));
/// ```
pub fn is_channel_ref(value: &Value) -> bool {
    as_channel_ref(value).is_some()
}

fn as_channel_ref(value: &Value) -> Option<ChannelRef> {
    value
        .is_object()
        .then(|| ChannelRef::deserialize(value).ok())?
}

/// Every reference inside a value with its path (`a.b[0]`; the empty path is the value itself).
///
/// ```
/// use iii_kit::extract_channel_refs;
/// use iii_kit::serde_json::json;
/// let input = json!({ "files": [{ "channel_id": "c", "access_key": "k", "direction": "read" }] });
/// let found = extract_channel_refs(&input);
/// assert_eq!(found[0].0, "files[0]");
/// ```
pub fn extract_channel_refs(value: &Value) -> Vec<(String, ChannelRef)> {
    let mut found = Vec::new();
    collect(value, String::new(), &mut found);
    found
}

fn collect(value: &Value, path: String, found: &mut Vec<(String, ChannelRef)>) {
    if let Some(channel) = as_channel_ref(value) {
        found.push((path, channel));
        return;
    }
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                collect(field, path, found);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                collect(item, format!("{path}[{at}]"), found);
            }
        }
        _ => {}
    }
}
