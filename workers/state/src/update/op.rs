//! Reading operations from the input.

use super::path::Path;
use crate::input::Given;
use serde::Deserialize;
use std::borrow::Cow;

/// One operation as it stands in the input: `set`, `merge`, `increment`, `decrement`, `append` or
/// `remove`.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "UpdateOp")]
pub(crate) struct RawOp<'a> {
    /// `set`, `merge`, `increment`, `decrement`, `append` or `remove`.
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    /// A first-level key, taken literally; `""` is the whole value. `merge` and `append` also take
    /// a list of keys to walk.
    #[serde(borrow, default)]
    path: Given<'a>,
    /// For `set`, `merge` (an object) and `append`.
    #[serde(borrow, default)]
    value: Given<'a>,
    /// For `increment` and `decrement`: a number.
    #[serde(borrow, default)]
    by: Given<'a>,
}

/// One operation, ready to apply.
#[derive(Debug)]
pub(crate) enum Op<'a> {
    Set { path: Path<'a>, value: &'a str },
    Merge { path: Path<'a>, value: &'a str },
    Increment { path: Path<'a>, by: &'a str },
    Decrement { path: Path<'a>, by: &'a str },
    Append { path: Path<'a>, value: &'a str },
    Remove { path: Path<'a> },
}

impl<'a> Op<'a> {
    /// Checks one operation; the error says what is wrong with it.
    pub(crate) fn read(raw: &RawOp<'a>) -> Result<Self, String> {
        let value = raw.value.text();
        Ok(match &*raw.kind {
            "set" => Self::Set {
                path: key(raw)?,
                value: value.unwrap_or("null"),
            },
            "merge" => Self::Merge {
                path: walk(raw)?,
                value: needed(value, "value")?,
            },
            "increment" => Self::Increment {
                path: key(raw)?,
                by: amount(raw)?,
            },
            "decrement" => Self::Decrement {
                path: key(raw)?,
                by: amount(raw)?,
            },
            "append" => Self::Append {
                path: walk(raw)?,
                value: needed(value, "value")?,
            },
            "remove" => Self::Remove { path: key(raw)? },
            other => {
                return Err(format!(
                    "unknown type `{other}`, expected `set`, `merge`, `increment`, `decrement`, \
                     `append` or `remove`"
                ));
            }
        })
    }

    /// The operation's `type`.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Set { .. } => "set",
            Self::Merge { .. } => "merge",
            Self::Increment { .. } => "increment",
            Self::Decrement { .. } => "decrement",
            Self::Append { .. } => "append",
            Self::Remove { .. } => "remove",
        }
    }
}

/// A path that is one literal key.
fn key<'a>(raw: &RawOp<'a>) -> Result<Path<'a>, String> {
    Path::key(needed(raw.path.text(), "path")?)
}

/// A path that may be absent or a list.
fn walk<'a>(raw: &RawOp<'a>) -> Result<Path<'a>, String> {
    raw.path.text().map_or(Ok(Path::Root), Path::walk)
}

fn amount<'a>(raw: &RawOp<'a>) -> Result<&'a str, String> {
    let by = needed(raw.by.text(), "by")?;
    if by.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
        Ok(by)
    } else {
        Err("`by` must be a number".to_owned())
    }
}

fn needed<'a>(text: Option<&'a str>, field: &str) -> Result<&'a str, String> {
    text.ok_or_else(|| format!("`{field}` is missing"))
}
