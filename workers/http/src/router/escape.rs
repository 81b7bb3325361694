//! Percent-decoding of paths and queries.

use std::borrow::Cow;

/// Decodes `%XX` in one path segment or wildcard capture. An escape that is none stays as it is;
/// bytes that are not UTF-8 become U+FFFD. Borrows when there is nothing to decode.
pub(crate) fn decode_component(text: &str) -> Cow<'_, str> {
    if text.as_bytes().contains(&b'%') {
        Cow::Owned(decode(text.as_bytes(), Plus::Literal))
    } else {
        Cow::Borrowed(text)
    }
}

/// Decodes one name or value of a query string, where `+` is a space.
pub(crate) fn decode_query(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte == b'%' || byte == b'+') {
        Cow::Owned(decode(text.as_bytes(), Plus::Space))
    } else {
        Cow::Borrowed(text)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Plus {
    Literal,
    Space,
}

fn decode(bytes: &[u8], plus: Plus) -> String {
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match (byte, escape_at(bytes, at)) {
            (b'%', Some(value)) => {
                decoded.push(value);
                at += 3;
            }
            (b'+', _) if plus == Plus::Space => {
                decoded.push(b' ');
                at += 1;
            }
            _ => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    match String::from_utf8(decoded) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    }
}

fn escape_at(bytes: &[u8], at: usize) -> Option<u8> {
    let high = hex(*bytes.get(at + 1)?)?;
    let low = hex(*bytes.get(at + 2)?)?;
    Some(high << 4 | low)
}

const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_utf8_and_keeps_what_is_no_escape() {
        assert_eq!(decode_component("a%20b"), "a b");
        assert_eq!(decode_component("%C3%A4%2f+"), "ä/+");
        assert_eq!(decode_component("100%"), "100%");
        assert_eq!(decode_component("%zz%4"), "%zz%4");
        assert_eq!(decode_component("%ff"), "\u{fffd}");
        assert_eq!(decode_query("a+b%2Bc"), "a b+c");
        assert!(matches!(decode_component("plain"), Cow::Borrowed("plain")));
    }
}
