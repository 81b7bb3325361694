//! Identifiers that travel on the wire.

use std::fmt;

/// The id of an invocation as one side of a connection knows it.
///
/// Published clients use lower-case hyphenated UUIDs, held here in 16 bytes. Any other text is kept
/// exactly as it came.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InvocationId(Repr);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Repr {
    Uuid(u128),
    Other(Box<str>),
}

/// Length of a hyphenated UUID.
const UUID_LEN: usize = 36;

impl InvocationId {
    /// An id from 128 bits, shown as a lower-case hyphenated UUID.
    #[must_use]
    pub const fn from_u128(bits: u128) -> Self {
        Self(Repr::Uuid(bits))
    }

    /// Reads an id from its text; every text is an id.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match parse_uuid(text.as_bytes()) {
            Some(bits) => Self(Repr::Uuid(bits)),
            None => Self(Repr::Other(text.into())),
        }
    }

    /// The 128 bits, when the id is a canonical UUID.
    #[must_use]
    pub const fn as_u128(&self) -> Option<u128> {
        match self.0 {
            Repr::Uuid(bits) => Some(bits),
            Repr::Other(_) => None,
        }
    }

    /// Hands the id's text to `write` without allocating.
    pub fn with_str<R>(&self, write: impl FnOnce(&str) -> R) -> R {
        match &self.0 {
            Repr::Uuid(bits) => {
                let mut text = [0u8; UUID_LEN];
                format_uuid(*bits, &mut text);
                write(std::str::from_utf8(&text).unwrap_or_default())
            }
            Repr::Other(text) => write(text),
        }
    }
}

impl Default for InvocationId {
    fn default() -> Self {
        Self::from_u128(0)
    }
}

impl From<&str> for InvocationId {
    fn from(text: &str) -> Self {
        Self::parse(text)
    }
}

impl fmt::Display for InvocationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_str(|text| f.write_str(text))
    }
}

impl fmt::Debug for InvocationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Byte offsets of the 32 hex digits inside a hyphenated UUID are those not in this list.
const fn is_hyphen(at: usize) -> bool {
    matches!(at, 8 | 13 | 18 | 23)
}

fn parse_uuid(text: &[u8]) -> Option<u128> {
    if text.len() != UUID_LEN {
        return None;
    }
    let mut bits = 0u128;
    for (at, byte) in text.iter().enumerate() {
        if is_hyphen(at) {
            if *byte != b'-' {
                return None;
            }
            continue;
        }
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            _ => return None,
        };
        bits = (bits << 4) | u128::from(digit);
    }
    Some(bits)
}

fn format_uuid(bits: u128, text: &mut [u8; UUID_LEN]) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let bytes = bits.to_be_bytes();
    let mut at = 0;
    for byte in bytes {
        if is_hyphen(at) {
            text[at] = b'-';
            at += 1;
        }
        text[at] = HEX[usize::from(byte >> 4)];
        text[at + 1] = HEX[usize::from(byte & 15)];
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_uuid_round_trips() {
        let text = "b046f3c1-0d2e-4f5a-8b6c-7d8e9fa0b1c2";
        let id = InvocationId::parse(text);
        assert_eq!(
            id.as_u128(),
            Some(0xb046_f3c1_0d2e_4f5a_8b6c_7d8e_9fa0_b1c2)
        );
        assert_eq!(id.to_string(), text);
    }

    #[test]
    fn other_texts_are_kept_exactly() {
        for text in [
            "",
            "x",
            "B046F3C1-0D2E-4F5A-8B6C-7D8E9FA0B1C2",
            "b046f3c1_0d2e_4f5a_8b6c_7d8e9fa0b1c2",
        ] {
            let id = InvocationId::parse(text);
            assert_eq!(id.as_u128(), None, "{text}");
            assert_eq!(id.to_string(), text);
        }
    }
}
