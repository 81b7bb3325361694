//! Close frames: RFC 6455, sections 5.5.1 and 7.4.

use super::frame::{CONTROL_BYTES_MAX, Violation};

/// Whether a close code may travel on the wire.
pub(super) const fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

/// Reads the payload of a close frame; an empty one has no code.
pub(super) fn parse(payload: &[u8]) -> Result<Option<u16>, Violation> {
    let Some((code, reason)) = payload.split_first_chunk::<2>() else {
        return if payload.is_empty() {
            Ok(None)
        } else {
            Err(Violation::protocol("a close frame has half a code"))
        };
    };
    let code = u16::from_be_bytes(*code);
    if !may_be_sent(code) {
        return Err(Violation::protocol("the close code may not be sent"));
    }
    if simdutf8::basic::from_utf8(reason).is_err() {
        return Err(Violation::not_utf8("a close reason is not UTF-8"));
    }
    Ok(Some(code))
}

/// Writes the payload of a close frame. A reason that is too long is cut at a character.
pub(super) fn payload(code: Option<u16>, reason: &str) -> Vec<u8> {
    let Some(code) = code else {
        return Vec::new();
    };
    let code = if may_be_sent(code) { code } else { 1000 };
    let mut length = reason.len().min(CONTROL_BYTES_MAX - 2);
    while !reason.is_char_boundary(length) {
        length -= 1;
    }
    [&code.to_be_bytes(), &reason.as_bytes()[..length]].concat()
}

#[cfg(test)]
mod tests {
    use super::{parse, payload};

    #[test]
    fn codes_round_trip_and_reserved_ones_are_refused() {
        assert_eq!(parse(&[]), Ok(None));
        for code in [1000, 1001, 1003, 1007, 1014, 3000, 4001, 4999] {
            assert_eq!(parse(&payload(Some(code), "why")), Ok(Some(code)));
        }
        for code in [0_u16, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000] {
            assert_eq!(parse(&code.to_be_bytes()).unwrap_err().code, 1002);
        }
        assert_eq!(parse(&[3]).unwrap_err().code, 1002);
        assert_eq!(parse(&[3, 232, 0xff]).unwrap_err().code, 1007);
    }

    #[test]
    fn a_long_reason_is_cut_at_a_character() {
        let payload = payload(Some(1000), &"ü".repeat(100));
        assert_eq!(payload.len(), 2 + 122);
        assert_eq!(parse(&payload), Ok(Some(1000)));
    }
}
