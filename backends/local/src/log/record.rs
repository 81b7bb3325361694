//! A head as it is written: the length of the body, then the head. So heads are listed without a
//! look at bodies.

use super::Failure;
use bytes::Bytes;

/// Bytes before the head.
const LENGTH: usize = 8;

pub(super) fn encode(head: &[u8], body_len: usize) -> Bytes {
    let mut bytes = Vec::with_capacity(LENGTH + head.len());
    bytes.extend_from_slice(&(body_len as u64).to_be_bytes());
    bytes.extend_from_slice(head);
    bytes.into()
}

/// The head, and the length of its body.
pub(super) fn decode(bytes: Bytes) -> Result<(Bytes, usize), Failure> {
    let length = body_len(&bytes)?;
    Ok((bytes.slice(LENGTH..), length))
}

/// The length of the body.
pub(super) fn body_len(bytes: &[u8]) -> Result<usize, Failure> {
    let length = bytes.first_chunk::<LENGTH>();
    let length = length.ok_or_else(|| Failure::damaged("a head that is too short"))?;
    usize::try_from(u64::from_be_bytes(*length)).map_err(Failure::damaged)
}

/// Bytes of a head that was encoded.
pub(super) const fn head_len(bytes: &[u8]) -> usize {
    bytes.len().saturating_sub(LENGTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_come_back() {
        let encoded = encode(b"head", 7);
        assert_eq!(head_len(&encoded), 4);
        assert_eq!(decode(encoded).unwrap(), (Bytes::from_static(b"head"), 7));
        assert!(decode(Bytes::from_static(&[0; LENGTH - 1])).is_err());
    }
}
