//! The error body that calls end with.

use crate::{EncodeSink, ErrorCode, Payload, Text, encode::encode_text, scan};
use bytes::BytesMut;

/// `{"code", "message", "stacktrace"?, ...}`: how a failed call is described on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorBody {
    /// A code of `protocol/errors.toml`, or one of the function's own.
    pub code: Text,
    /// For people.
    pub message: Text,
    /// Of the language that failed, if it gave one.
    pub stacktrace: Option<Text>,
    /// The further members of the body, as an object of their own; `None` if there are none. Boxed,
    /// because few errors have them and most functions that can fail hand bodies on.
    pub details: Option<Box<Payload>>,
}

impl ErrorBody {
    /// An error with one of our own codes.
    pub fn new(code: ErrorCode, message: impl Into<Text>) -> Self {
        Self {
            code: Text::from_static(code.as_str()),
            message: message.into(),
            stacktrace: None,
            details: None,
        }
    }

    /// The body as JSON.
    ///
    /// # Examples
    /// ```
    /// use iii_protocol::{ErrorBody, ErrorCode};
    /// let body = ErrorBody::new(ErrorCode::Overloaded, "no room");
    /// assert_eq!(body.to_payload().as_bytes(), br#"{"code":"overloaded","message":"no room"}"#);
    /// ```
    #[must_use]
    pub fn to_payload(&self) -> Payload {
        let mut json = BytesMut::with_capacity(32 + self.code.len() + self.message.len());
        json.put(b"{\"code\":");
        encode_text(&self.code, &mut json);
        json.put(b",\"message\":");
        encode_text(&self.message, &mut json);
        if let Some(stacktrace) = &self.stacktrace {
            json.put(b",\"stacktrace\":");
            encode_text(stacktrace, &mut json);
        }
        if let Some(more) = self.details.as_deref().and_then(members_of) {
            json.put(b",");
            json.put(more);
        }
        json.put(b"}");
        Payload::from_trusted(json.freeze())
    }

    /// Reads a body. Whatever is missing or malformed becomes code `UNKNOWN` with the whole body
    /// as message, so that nothing a peer sends is lost on the reader.
    #[must_use]
    pub fn from_payload(body: &Payload) -> Self {
        let (mut code, mut message, mut stacktrace) = (None, None, None);
        let mut details = BytesMut::new();
        let json = body.as_bytes();
        let read = scan::members::<crate::SyntaxError>(json, |key, value| {
            let value = &json[value];
            let text = || string_value(value);
            match &json[key] {
                b"code" => code = text(),
                b"message" => message = text(),
                b"stacktrace" => stacktrace = text(),
                name => put_member(name, value, &mut details),
            }
            Ok(())
        });
        match (read, code) {
            (Ok(()), Some(code)) => Self {
                code,
                message: message.unwrap_or_default(),
                stacktrace,
                details: finished(details),
            },
            _ => Self {
                code: Text::from_static("UNKNOWN"),
                message: String::from_utf8_lossy(json).into_owned().into(),
                stacktrace: None,
                details: None,
            },
        }
    }
}

/// What stands between the braces of an object that has members.
fn members_of(object: &Payload) -> Option<&[u8]> {
    let json = object.as_bytes().trim_ascii();
    let members = json.strip_prefix(b"{")?.strip_suffix(b"}")?.trim_ascii();
    (!members.is_empty()).then_some(members)
}

/// Appends a member to an object that is not finished.
fn put_member(name: &[u8], value: &[u8], object: &mut BytesMut) {
    object.put(if object.is_empty() { b"{\"" } else { b",\"" });
    object.put(name);
    object.put(b"\":");
    object.put(value);
}

fn finished(mut object: BytesMut) -> Option<Box<Payload>> {
    if object.is_empty() {
        return None;
    }
    object.put(b"}");
    Some(Box::new(Payload::from_trusted(object.freeze())))
}

fn string_value(json: &[u8]) -> Option<Text> {
    let body = json.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    scan::unescape(std::str::from_utf8(body).ok()?).map(Text::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(json: &'static str) -> Payload {
        Payload::parse(json.as_bytes().into()).unwrap()
    }

    #[test]
    fn further_members_are_kept_as_they_are() {
        let json = r#"{"retry_after_ms": 1e3,"code":"c","a\"b":[1, {}],"message":"m"}"#;
        let body = ErrorBody::from_payload(&payload(json));
        let details = body.details.clone().unwrap();
        let kept = r#"{"retry_after_ms":1e3,"a\"b":[1, {}]}"#;
        assert_eq!(*details, payload(kept));
        let again = r#"{"code":"c","message":"m","retry_after_ms":1e3,"a\"b":[1, {}]}"#;
        assert_eq!(body.to_payload(), payload(again));
        assert_eq!(ErrorBody::from_payload(&payload(again)), body);
    }

    #[test]
    fn details_that_are_no_object_or_an_empty_one_leave_the_body_well_formed() {
        for details in ["{}", " { } ", "7", "null", "[1]"] {
            let body = ErrorBody {
                details: Some(Box::new(payload(details))),
                ..ErrorBody::new(ErrorCode::NotFound, "m")
            };
            let expected = payload(r#"{"code":"NOT_FOUND","message":"m"}"#);
            assert_eq!(body.to_payload(), expected, "{details}");
        }
        let without = ErrorBody::from_payload(&payload(r#"{"code":"c","message":"m"}"#));
        assert_eq!(without.details, None);
    }
}
