//! Writing JSON around values that are spliced through as they are.

use bytes::Bytes;
use iii_kit::Payload;

/// Appends a JSON string.
pub(crate) fn write_string(out: &mut Vec<u8>, text: &str) {
    // Writing a string into memory cannot fail.
    let _ = serde_json::to_writer(out, text);
}

/// Appends a whole number.
pub(crate) fn write_number(out: &mut Vec<u8>, number: u64) {
    let _ = serde_json::to_writer(out, &number);
}

/// An object in the making.
pub(crate) struct Object {
    out: Vec<u8>,
    separator: u8,
}

impl Object {
    /// An object with room for `capacity` bytes of text.
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self {
            out: Vec::with_capacity(capacity),
            separator: b'{',
        }
    }

    /// A field whose value is JSON text.
    pub(crate) fn raw(mut self, name: &str, value: &[u8]) -> Self {
        self.name(name).extend_from_slice(value);
        self
    }

    /// A field whose value is JSON text, or `null`.
    pub(crate) fn raw_or_null(self, name: &str, value: Option<&Bytes>) -> Self {
        self.raw(name, value.map_or(b"null", |value| value))
    }

    /// A field with a string.
    pub(crate) fn string(mut self, name: &str, value: &str) -> Self {
        write_string(self.name(name), value);
        self
    }

    /// A field with a whole number.
    pub(crate) fn number(mut self, name: &str, value: u64) -> Self {
        write_number(self.name(name), value);
        self
    }

    /// The object's text.
    pub(crate) fn into_text(mut self) -> Vec<u8> {
        if self.separator == b'{' {
            self.out.push(b'{');
        }
        self.out.push(b'}');
        self.out
    }

    /// The object as a payload.
    pub(crate) fn into_payload(self) -> Payload {
        payload(self.into_text())
    }

    /// Names are ours and need no escapes.
    fn name(&mut self, name: &str) -> &mut Vec<u8> {
        self.out.push(self.separator);
        self.separator = b',';
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        &mut self.out
    }
}

/// Takes text that was put together here from well-formed parts.
pub(crate) fn payload(text: Vec<u8>) -> Payload {
    Payload::from_trusted(Bytes::from(text))
}
