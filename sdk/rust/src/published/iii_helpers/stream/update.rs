//! The steps by which a value is changed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where inside a value: one field, or the way to one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum MergePath {
    /// A field of the value itself.
    Single(String),
    /// The names of fields, from the outermost; a dot in one is just a dot.
    Segments(Vec<String>),
}

impl From<&str> for MergePath {
    fn from(field: &str) -> Self {
        Self::Single(field.to_owned())
    }
}

impl From<String> for MergePath {
    fn from(field: String) -> Self {
        Self::Single(field)
    }
}

impl From<Vec<String>> for MergePath {
    fn from(segments: Vec<String>) -> Self {
        Self::Segments(segments)
    }
}

impl From<Vec<&str>> for MergePath {
    fn from(segments: Vec<&str>) -> Self {
        segments_of(segments)
    }
}

fn segments_of<S: Into<String>>(segments: impl IntoIterator<Item = S>) -> MergePath {
    MergePath::Segments(segments.into_iter().map(Into::into).collect())
}

/// One step.
///
/// ```
/// use iii_kit::published::iii_helpers::stream::UpdateOp;
/// # use iii_kit::serde_json::{json, to_value};
/// let step = UpdateOp::append_at_path(["log", "lines"], json!("hello"));
/// let wire = json!({ "type": "append", "path": ["log", "lines"], "value": "hello" });
/// assert_eq!(to_value(step)?, wire);
/// # Ok::<(), iii_kit::serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum UpdateOp {
    /// A field becomes something else.
    Set {
        /// The field.
        path: String,
        /// What it becomes.
        value: Option<Value>,
    },
    /// An object gets further fields.
    Merge {
        /// The object; absent is the whole value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        path: Option<MergePath>,
        /// The fields.
        value: Value,
    },
    /// A number grows.
    Increment {
        /// The field.
        path: String,
        /// By how much.
        by: i64,
    },
    /// A number shrinks.
    Decrement {
        /// The field.
        path: String,
        /// By how much.
        by: i64,
    },
    /// A list gets another item, or a text goes on.
    Append {
        /// The list or text; absent is the whole value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        path: Option<MergePath>,
        /// What is added.
        value: Value,
    },
    /// A field goes.
    Remove {
        /// The field.
        path: String,
    },
}

impl UpdateOp {
    /// `path` becomes `value`.
    pub fn set(path: impl Into<String>, value: impl Into<Option<Value>>) -> Self {
        Self::Set {
            path: path.into(),
            value: value.into(),
        }
    }

    /// `path` grows.
    pub fn increment(path: impl Into<String>, by: i64) -> Self {
        Self::Increment {
            path: path.into(),
            by,
        }
    }

    /// `path` shrinks.
    pub fn decrement(path: impl Into<String>, by: i64) -> Self {
        Self::Decrement {
            path: path.into(),
            by,
        }
    }

    /// `value` is added to `path`.
    pub fn append(path: impl Into<MergePath>, value: impl Into<Value>) -> Self {
        Self::Append {
            path: Some(path.into()),
            value: value.into(),
        }
    }

    /// `value` is added to the whole value.
    pub fn append_root(value: impl Into<Value>) -> Self {
        Self::Append {
            path: None,
            value: value.into(),
        }
    }

    /// `value` is added to what the names of fields lead to.
    pub fn append_at_path<I, S>(segments: I, value: impl Into<Value>) -> Self
    where
        I: IntoIterator<Item = S>,
        S: Into<String>,
    {
        Self::append(segments_of(segments), value)
    }

    /// `path` goes.
    pub fn remove(path: impl Into<String>) -> Self {
        Self::Remove { path: path.into() }
    }

    /// The whole value gets the fields of `value`.
    pub fn merge(value: impl Into<Value>) -> Self {
        Self::Merge {
            path: None,
            value: value.into(),
        }
    }

    /// `path` gets the fields of `value`.
    pub fn merge_at(path: impl Into<MergePath>, value: impl Into<Value>) -> Self {
        Self::Merge {
            path: Some(path.into()),
            value: value.into(),
        }
    }

    /// What the names of fields lead to gets the fields of `value`.
    pub fn merge_at_path<I, S>(segments: I, value: impl Into<Value>) -> Self
    where
        I: IntoIterator<Item = S>,
        S: Into<String>,
    {
        Self::merge_at(segments_of(segments), value)
    }
}

/// A step that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UpdateOpError {
    /// Which step, from 0.
    pub op_index: usize,
    /// Why, as a code.
    pub code: String,
    /// For people.
    pub message: String,
    /// Where more is said about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc_url: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn steps_travel_as_published_workers_read_them() {
        let expected = [
            (
                UpdateOp::set("a", json!(1)),
                json!({"type": "set", "path": "a", "value": 1}),
            ),
            (
                UpdateOp::set("a", None),
                json!({"type": "set", "path": "a", "value": null}),
            ),
            (
                UpdateOp::increment("a", 2),
                json!({"type": "increment", "path": "a", "by": 2}),
            ),
            (
                UpdateOp::decrement("a", 2),
                json!({"type": "decrement", "path": "a", "by": 2}),
            ),
            (
                UpdateOp::append_root("x"),
                json!({"type": "append", "value": "x"}),
            ),
            (
                UpdateOp::remove("a"),
                json!({"type": "remove", "path": "a"}),
            ),
            (
                UpdateOp::merge(json!({"b": 1})),
                json!({"type": "merge", "value": {"b": 1}}),
            ),
            (
                UpdateOp::merge_at("a", json!({})),
                json!({"type": "merge", "path": "a", "value": {}}),
            ),
            (
                UpdateOp::merge_at_path(["a", "b.c"], json!({})),
                json!({"type": "merge", "path": ["a", "b.c"], "value": {}}),
            ),
        ];
        for (step, wire) in expected {
            assert_eq!(serde_json::to_value(&step).unwrap(), wire);
            let read: UpdateOp = serde_json::from_value(wire.clone()).unwrap();
            assert_eq!(serde_json::to_value(read).unwrap(), wire);
        }
    }
}
