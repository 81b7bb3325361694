//! Opaque JSON text.

use bytes::Bytes;
use std::fmt;

/// A JSON value as the bytes its author wrote. Nobody between the two ends parses it, so key order,
/// number text and the difference between `null` and absent (`Option::None`) survive.
///
/// The decoder has checked that the bytes are one well-formed JSON value in UTF-8; constructors
/// that take bytes from elsewhere say who vouches for that.
#[derive(Clone, PartialEq, Eq)]
pub struct Payload(Bytes);

impl Payload {
    /// The JSON value `null`.
    pub const NULL: Self = Self(Bytes::from_static(b"null"));

    /// Takes bytes that the caller knows to be one well-formed JSON value, such as the output of a
    /// JSON serializer. Use [`Payload::parse`] for bytes of unknown origin.
    #[must_use]
    pub const fn from_trusted(bytes: Bytes) -> Self {
        Self(bytes)
    }

    /// Checks that `bytes` hold exactly one well-formed JSON value.
    ///
    /// # Errors
    /// The position and kind of the first fault.
    pub fn parse(bytes: Bytes) -> Result<Self, crate::SyntaxError> {
        crate::scan::check_value(&bytes)?;
        Ok(Self(bytes))
    }

    /// The JSON text.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The JSON text with its shared memory.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.0
    }

    /// The shared memory of the JSON text.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.0
    }

    /// Whether the value is the literal `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.0.as_ref() == b"null"
    }

    /// Length of the JSON text in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Never true for a payload that went through a constructor's promise.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A copy with its own memory, for values that outlive their frame.
    #[must_use]
    pub fn detach(&self) -> Self {
        Self(Bytes::copy_from_slice(&self.0))
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 256;
        let shown = &self.0[..self.0.len().min(SHOWN)];
        f.write_str(&String::from_utf8_lossy(shown))?;
        if self.0.len() > SHOWN {
            write!(f, "… ({} bytes)", self.0.len())
        } else {
            Ok(())
        }
    }
}
