//! Finding fields in JSON text without parsing it. Good enough for messages that have no escapes
//! in the fields looked for, which holds for every id and type this program meets.

/// The key of an invocation's id.
pub(crate) const INVOCATION_ID: &str = "\"invocation_id\":\"";

/// The string value of `key`, which is given with quotes and colon.
pub(crate) fn field<'a>(message: &'a [u8], key: &str) -> Option<&'a [u8]> {
    let start = memchr::memmem::find(message, key.as_bytes())? + key.len();
    let rest = &message[start..];
    let end = memchr::memchr(b'"', rest)?;
    Some(&rest[..end])
}

/// The whole number of `key`, which is given with quotes and colon.
pub(crate) fn number(message: &[u8], key: &str) -> Option<u64> {
    let start = memchr::memmem::find(message, key.as_bytes())? + key.len();
    let digits = &message[start..];
    let end = digits.iter().position(|byte| !byte.is_ascii_digit());
    let digits = &digits[..end.unwrap_or(digits.len())];
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Whether the message is of this type.
pub(crate) fn is_type(message: &[u8], name: &str) -> bool {
    field(message, "\"type\":\"") == Some(name.as_bytes())
}

/// What to open to attach the end of a channel that the message names as `name`.
pub(crate) fn channel_target(message: &[u8], name: &str) -> Option<String> {
    let at = memchr::memmem::find(message, format!("\"{name}\":{{").as_bytes())?;
    let text = |key| Some(String::from_utf8_lossy(field(&message[at..], key)?).into_owned());
    let (id, key) = (text("\"channel_id\":\"")?, text("\"access_key\":\"")?);
    let direction = text("\"direction\":\"")?;
    Some(format!("/ws/channels/{id}?key={key}&dir={direction}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_end_where_their_digits_do() {
        let read = |text: &str| number(text.as_bytes(), "\"n\":");
        assert_eq!(read(r#"{"n":17,"m":2}"#), Some(17));
        assert_eq!(read(r#"{"n":8"#), Some(8));
        assert_eq!(read(r#"{"n":"8"}"#), None);
        assert_eq!(read("{}"), None);
    }

    #[test]
    fn references_are_found_by_their_name() {
        let message = br#"{"a":{"channel_id":"1","access_key":"k","direction":"read"},
            "b":{"channel_id":"2","access_key":"l","direction":"write"}}"#;
        let target = channel_target(message, "b");
        assert_eq!(target.as_deref(), Some("/ws/channels/2?key=l&dir=write"));
        assert_eq!(channel_target(message, "c"), None);
    }
}
