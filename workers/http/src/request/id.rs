//! Request ids: the client's, or one made here.

use crate::limits::REQUEST_ID_BYTES_MAX;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

/// Accepts and makes request ids.
pub(crate) struct RequestIds {
    /// The header that carries them, both ways.
    header: HeaderName,
    /// What tells this worker's ids from another's.
    prefix: u64,
    next: AtomicU64,
}

impl RequestIds {
    pub(crate) fn new(header: HeaderName) -> Self {
        Self {
            header,
            // A fresh hasher is keyed with random bits, which is all that is needed here.
            prefix: RandomState::new().hash_one(0_u8),
            next: AtomicU64::new(0),
        }
    }

    /// The id of a request: what its header says if that is short visible text, else a new one.
    pub(crate) fn of(&self, headers: &HeaderMap) -> HeaderValue {
        let given = headers.get(&self.header).filter(|value| {
            let bytes = value.as_bytes();
            !bytes.is_empty()
                && bytes.len() <= REQUEST_ID_BYTES_MAX
                && bytes.iter().all(u8::is_ascii_graphic)
        });
        given.cloned().unwrap_or_else(|| self.make())
    }

    /// Puts the id into an answer.
    pub(crate) fn echo(&self, id: HeaderValue, headers: &mut HeaderMap) {
        headers.insert(self.header.clone(), id);
    }

    fn make(&self) -> HeaderValue {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut text = [0; 24];
        hex(self.prefix, &mut text[..16]);
        hex(number, &mut text[16..]);
        // Hexadecimal digits are always a header value.
        HeaderValue::from_bytes(&text).unwrap_or_else(|_| HeaderValue::from_static("-"))
    }
}

/// Writes the low digits of a number; formatting machinery would cost more than all else here.
fn hex(mut number: u64, digits: &mut [u8]) {
    for digit in digits.iter_mut().rev() {
        *digit = b"0123456789abcdef"[(number & 15) as usize];
        number >>= 4;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(given: &str) -> String {
        let name = HeaderName::from_static("x-request-id");
        let ids = RequestIds::new(name.clone());
        let mut headers = HeaderMap::new();
        headers.insert(name, given.parse().unwrap());
        ids.of(&headers).to_str().unwrap().to_owned()
    }

    #[test]
    fn a_usable_id_is_kept_and_any_other_replaced() {
        assert_eq!(of("abc-123"), "abc-123");
        for bad in ["", "a b", &"x".repeat(REQUEST_ID_BYTES_MAX + 1)] {
            let made = of(bad);
            assert_eq!(made.len(), 24, "{made}");
        }
    }

    #[test]
    fn made_ids_differ() {
        let name = HeaderName::from_static("x-request-id");
        let (one, other) = (RequestIds::new(name.clone()), RequestIds::new(name));
        let none = HeaderMap::new();
        let made = [one.of(&none), one.of(&none), other.of(&none)];
        assert!(made[0] != made[1] && made[1] != made[2] && made[0] != made[2]);
    }
}
