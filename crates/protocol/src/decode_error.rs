//! Why a frame is no valid message.

use crate::InvocationId;
use std::fmt;

/// A frame could not be decoded. When the frame was recognisably a call, a result or a registration
/// with an id, the id is kept so that whoever waits can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// What is wrong.
    pub kind: DecodeErrorKind,
    /// The `type` of the message, as far as it could be read.
    pub message_type: Option<String>,
    /// The `invocation_id` of the message, as far as it could be read.
    pub invocation_id: Option<InvocationId>,
    /// The `id` of the message (of a function, a trigger type or a trigger), as far as it could be
    /// read.
    pub registration_id: Option<String>,
}

/// What is wrong with a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodeErrorKind {
    /// Not UTF-8.
    NotUtf8,
    /// Not well-formed JSON.
    Syntax(SyntaxError),
    /// Well-formed JSON, but no object.
    NotAnObject,
    /// No field `type`, or not a string.
    MissingType,
    /// A `type` this version does not know; ignored by rule.
    UnknownType,
    /// A required field is absent or null.
    MissingField(&'static str),
    /// A field has the wrong JSON type.
    WrongFieldType(&'static str),
    /// An envelope string is longer than its limit.
    FieldTooLong(&'static str),
    /// The whole message is larger than `message_bytes_max`; it was skipped.
    TooLarge {
        /// Size of the message in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// The engine holds too many unfinished messages (`assembly_bytes_max`); this one was skipped.
    Overloaded,
}

/// A fault in JSON text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Offset of the first byte that cannot be right.
    pub position: usize,
    /// What was wrong there.
    pub reason: &'static str,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.reason, self.position)
    }
}

impl std::error::Error for SyntaxError {}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            DecodeErrorKind::NotUtf8 => f.write_str("the message is not UTF-8"),
            DecodeErrorKind::Syntax(error) => write!(f, "the message is not JSON: {error}"),
            DecodeErrorKind::NotAnObject => f.write_str("the message is not a JSON object"),
            DecodeErrorKind::MissingType => f.write_str("the message has no string field `type`"),
            DecodeErrorKind::UnknownType => write!(
                f,
                "unknown message type `{}`",
                self.message_type.as_deref().unwrap_or_default()
            ),
            DecodeErrorKind::MissingField(name) => write!(f, "required field `{name}` is missing"),
            DecodeErrorKind::WrongFieldType(name) => {
                write!(f, "field `{name}` has the wrong JSON type")
            }
            DecodeErrorKind::FieldTooLong(name) => write!(f, "field `{name}` is too long"),
            DecodeErrorKind::TooLarge { size, limit } => {
                write!(f, "the message has {size} bytes, the limit is {limit}")
            }
            DecodeErrorKind::Overloaded => {
                f.write_str("the engine holds too many unfinished messages")
            }
        }
    }
}

impl std::error::Error for DecodeError {}
