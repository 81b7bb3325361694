//! The error body that calls end with.

use crate::{EncodeSink, ErrorCode, Payload, Text, encode::encode_text, scan};
use bytes::BytesMut;

/// `{"code", "message", "stacktrace"?}`: how a failed call is described on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorBody {
    /// A code of `protocol/errors.toml`, or one of the function's own.
    pub code: Text,
    /// For people.
    pub message: Text,
    /// Of the language that failed, if it gave one.
    pub stacktrace: Option<Text>,
}

impl ErrorBody {
    /// An error with one of our own codes.
    pub fn new(code: ErrorCode, message: impl Into<Text>) -> Self {
        Self {
            code: Text::from_static(code.as_str()),
            message: message.into(),
            stacktrace: None,
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
        json.put(b"}");
        Payload::from_trusted(json.freeze())
    }

    /// Reads a body. Whatever is missing or malformed becomes code `UNKNOWN` with the whole body
    /// as message, so that nothing a peer sends is lost on the reader.
    #[must_use]
    pub fn from_payload(body: &Payload) -> Self {
        let (mut code, mut message, mut stacktrace) = (None, None, None);
        let json = body.as_bytes();
        let read = scan::members::<crate::SyntaxError>(json, |key, value| {
            let text = string_value(&json[value]);
            match &json[key] {
                b"code" => code = text,
                b"message" => message = text,
                b"stacktrace" => stacktrace = text,
                _ => {}
            }
            Ok(())
        });
        match (read, code) {
            (Ok(()), Some(code)) => Self {
                code,
                message: message.unwrap_or_default(),
                stacktrace,
            },
            _ => Self {
                code: Text::from_static("UNKNOWN"),
                message: String::from_utf8_lossy(json).into_owned().into(),
                stacktrace: None,
            },
        }
    }
}

fn string_value(json: &[u8]) -> Option<Text> {
    let body = json.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    scan::unescape(std::str::from_utf8(body).ok()?).map(Text::from)
}
