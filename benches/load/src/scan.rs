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

/// Whether the message is of this type.
pub(crate) fn is_type(message: &[u8], name: &str) -> bool {
    field(message, "\"type\":\"") == Some(name.as_bytes())
}
