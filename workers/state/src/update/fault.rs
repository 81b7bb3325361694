//! Why an operation was skipped.

use crate::limits::{MERGE_DEPTH_MAX, MERGE_KEYS_MAX, PATH_SEGMENT_BYTES_MAX, PATH_SEGMENTS_MAX};
use serde::Serialize;
use std::fmt;

/// What is wrong, whichever operation met it.
#[derive(Debug)]
pub(super) enum Fault {
    PathTooDeep {
        segments: usize,
    },
    PathSegmentTooLong {
        bytes: usize,
    },
    PathEmptySegment,
    PathPolluted {
        key: String,
    },
    ValueTooDeep {
        depth: usize,
    },
    ValueTooManyKeys {
        keys: usize,
    },
    ValuePolluted {
        key: String,
    },
    ValueNotAnObject {
        found: &'static str,
    },
    TargetNotObject {
        found: &'static str,
    },
    TypeMismatch {
        target: &'static str,
        value: &'static str,
    },
    NotNumber {
        found: &'static str,
    },
    OutOfRange,
}

impl Fault {
    /// The part of the error code behind the operation's name.
    fn code(&self) -> &'static str {
        match self {
            Self::PathTooDeep { .. } => "path.too_deep",
            Self::PathSegmentTooLong { .. } => "path.segment_too_long",
            Self::PathEmptySegment => "path.empty_segment",
            Self::PathPolluted { .. } => "path.proto_polluted",
            Self::ValueTooDeep { .. } => "value.too_deep",
            Self::ValueTooManyKeys { .. } => "value.too_many_keys",
            Self::ValuePolluted { .. } => "value.proto_polluted",
            Self::ValueNotAnObject { .. } => "value.not_an_object",
            Self::TargetNotObject { .. } => "target_not_object",
            Self::TypeMismatch { .. } => "type_mismatch",
            Self::NotNumber { .. } | Self::OutOfRange => "not_number",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PathTooDeep { segments } => {
                write!(
                    f,
                    "the path has {segments} segments, the limit is {PATH_SEGMENTS_MAX}"
                )
            }
            Self::PathSegmentTooLong { bytes } => write!(
                f,
                "a path segment has {bytes} bytes, the limit is {PATH_SEGMENT_BYTES_MAX}"
            ),
            Self::PathEmptySegment => f.write_str("a path segment is empty"),
            Self::PathPolluted { key } => write!(f, "the path contains the reserved key `{key}`"),
            Self::ValueTooDeep { depth } => {
                write!(
                    f,
                    "the value is nested {depth} deep, the limit is {MERGE_DEPTH_MAX}"
                )
            }
            Self::ValueTooManyKeys { keys } => {
                write!(
                    f,
                    "the value has {keys} keys, the limit is {MERGE_KEYS_MAX}"
                )
            }
            Self::ValuePolluted { key } => write!(f, "the value has the reserved key `{key}`"),
            Self::ValueNotAnObject { found } => {
                write!(f, "the value to merge must be an object, not {found}")
            }
            Self::TargetNotObject { found } => {
                write!(f, "the stored value is {found}, not an object with fields")
            }
            Self::TypeMismatch { target, value } => write!(f, "cannot append {value} to {target}"),
            Self::NotNumber { found } => write!(f, "the target is {found}, not a number"),
            Self::OutOfRange => f.write_str("the sum is no number that JSON can hold"),
        }
    }
}

/// A skipped operation, as reported to the caller.
#[derive(Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[schemars(rename = "UpdateOpError")]
pub(crate) struct OpError {
    /// Index in the list of operations.
    pub(crate) op_index: usize,
    /// For programs: operation and fault, for example `append.type_mismatch`.
    pub(crate) code: String,
    /// For people.
    pub(crate) message: String,
}

impl OpError {
    pub(super) fn new(op_index: usize, op: &str, fault: Fault) -> Self {
        Self {
            op_index,
            code: format!("{op}.{}", fault.code()),
            message: fault.to_string(),
        }
    }
}
