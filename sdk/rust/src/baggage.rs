//! The W3C `baggage` text: pairs that travel with a trace.

use std::fmt::Write;

/// No more is taken from a text, as W3C allows.
const ENTRIES_MAX: usize = 180;

/// One pair.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry<'a> {
    pub(crate) key: &'a str,
    pub(crate) value: String,
    /// What stands after the value, without the first `;`.
    pub(crate) properties: &'a str,
}

/// Reads a text; what is malformed is left out.
pub(crate) fn parse(text: &str) -> impl Iterator<Item = Entry<'_>> {
    text.split(',').take(ENTRIES_MAX).filter_map(|part| {
        let (pair, properties) = part.split_once(';').unwrap_or((part, ""));
        let (key, value) = pair.split_once('=')?;
        let key = key.trim();
        (!key.is_empty()).then(|| Entry {
            key,
            value: decoded(value.trim()),
            properties: properties.trim(),
        })
    })
}

/// Adds a pair to a text.
pub(crate) fn put(text: &mut String, key: &str, value: &str, properties: &str) {
    if !text.is_empty() {
        text.push(',');
    }
    text.push_str(key);
    text.push('=');
    encode(text, value);
    if !properties.is_empty() {
        text.push(';');
        text.push_str(properties);
    }
}

/// Percent-encodes what may not stand in a value.
fn encode(text: &mut String, value: &str) {
    for byte in value.bytes() {
        let plain = byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';' | b'\\' | b'%');
        if plain {
            text.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, others)) = rest.split_first() {
        let coded = (first == b'%').then(|| others.get(..2)).flatten();
        let coded = coded.and_then(|digits| std::str::from_utf8(digits).ok());
        if let Some(byte) = coded.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            bytes.push(byte);
            rest = &others[2..];
        } else {
            bytes.push(first);
            rest = others;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_others_is_read() {
        let entries: Vec<_> = parse(" a = 1 ;p=q,b=%zz,=c,d, e=x%20y").collect();
        let entry = |key, value: &str, properties| Entry {
            key,
            value: value.to_owned(),
            properties,
        };
        let expected = [
            entry("a", "1", "p=q"),
            entry("b", "%zz", ""),
            entry("e", "x y", ""),
        ];
        assert_eq!(entries, expected);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut text = String::new();
        put(&mut text, "plan", "größe, 100%", "");
        put(&mut text, "tenant", "acme", "p;q=1");
        assert_eq!(text, "plan=gr%C3%B6%C3%9Fe%2C%20100%25,tenant=acme;p;q=1");
        let values: Vec<_> = parse(&text).map(|entry| entry.value).collect();
        assert_eq!(values, ["größe, 100%", "acme"]);
    }
}
