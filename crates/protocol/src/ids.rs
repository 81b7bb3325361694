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

    /// Reads an id from its UTF-8 text, if it has the compact form.
    pub(crate) fn parse_canonical(text: &[u8]) -> Option<Self> {
        parse_uuid(text).map(Self::from_u128)
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

/// Where each group of digits starts in the text, and how many bytes it names.
const GROUPS: [(usize, usize); 5] = [(0, 4), (9, 2), (14, 2), (19, 2), (24, 6)];
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

const NO_DIGIT: u8 = 0xff;
/// The value of each lower-case hex digit.
const DIGIT_VALUES: [u8; 256] = digit_values();
const DIGITS: &[u8; 16] = b"0123456789abcdef";

const fn digit_values() -> [u8; 256] {
    let mut values = [NO_DIGIT; 256];
    let mut at = 0;
    while at < DIGITS.len() {
        values[DIGITS[at] as usize] = at as u8;
        at += 1;
    }
    values
}

fn parse_uuid(text: &[u8]) -> Option<u128> {
    let text: &[u8; UUID_LEN] = text.try_into().ok()?;
    let mut bytes = [0u8; 16];
    let mut filled = 0;
    // One look at the end instead of a branch per digit: `NO_DIGIT` leaves its high bits here.
    let mut seen = 0u8;
    for (start, count) in GROUPS {
        for at in 0..count {
            let high = DIGIT_VALUES[usize::from(text[start + 2 * at])];
            let low = DIGIT_VALUES[usize::from(text[start + 2 * at + 1])];
            seen |= high | low;
            bytes[filled] = (high << 4) | (low & 15);
            filled += 1;
        }
    }
    let hyphens = HYPHENS.iter().all(|at| text[*at] == b'-');
    (hyphens && seen < 16).then_some(u128::from_be_bytes(bytes))
}

fn format_uuid(bits: u128, text: &mut [u8; UUID_LEN]) {
    let bytes = bits.to_be_bytes();
    let mut written = 0;
    for (start, count) in GROUPS {
        for at in 0..count {
            let byte = usize::from(bytes[written]);
            text[start + 2 * at] = DIGITS[byte >> 4];
            text[start + 2 * at + 1] = DIGITS[byte & 15];
            written += 1;
        }
    }
    for at in HYPHENS {
        text[at] = b'-';
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
