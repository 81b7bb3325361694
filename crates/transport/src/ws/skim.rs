//! Reads who a message is from while the message itself is thrown away.

use iii_protocol::InvocationId;
use iii_protocol::scan::unescape;

/// Longest captured string, in bytes of JSON text. Longer ones are not identity.
const CAPTURED_BYTES_MAX: usize = 256;

/// What was found in a skipped message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skimmed {
    /// The top-level string field `type`.
    pub message_type: Option<String>,
    /// The top-level string field `invocation_id`.
    pub invocation_id: Option<InvocationId>,
    /// The top-level string field `id`, which registrations have.
    pub registration_id: Option<String>,
}

/// A resumable scanner over the text of one JSON object, fed in pieces of any size. It finds the
/// top-level fields wherever they stand, holds a bounded number of bytes, and takes broken JSON
/// without complaint: it then finds less.
#[derive(Debug, Default)]
pub struct Skimmer {
    place: Place,
    /// Open arrays and objects.
    depth: u64,
    /// The top-level member under way.
    member: Member,
    captured: Capture,
    message_type: Option<String>,
    invocation_id: Option<String>,
    registration_id: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    BeforeObject,
    Structure,
    Text,
    /// In a text, right after a backslash.
    Escape,
    /// Past the object, or in something that is none.
    Done,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Member {
    #[default]
    BeforeKey,
    Value(Field),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Type,
    InvocationId,
    Id,
    Other,
}

/// The text under way, as far as it is worth keeping.
#[derive(Debug, Default)]
struct Capture {
    bytes: Vec<u8>,
    overflowed: bool,
}

impl Skimmer {
    /// Takes the next piece of the message.
    pub fn feed(&mut self, mut piece: &[u8]) {
        while !piece.is_empty() {
            let taken = match self.place {
                Place::BeforeObject => self.before_object(piece),
                Place::Structure => self.structure(piece),
                Place::Text => self.text(piece),
                Place::Escape => {
                    self.capture(&piece[..1]);
                    self.place = Place::Text;
                    1
                }
                Place::Done => return,
            };
            piece = &piece[taken..];
        }
    }

    /// What was found in all pieces together.
    #[must_use]
    pub fn finish(self) -> Skimmed {
        Skimmed {
            message_type: self.message_type,
            invocation_id: self.invocation_id.map(|text| InvocationId::parse(&text)),
            registration_id: self.registration_id,
        }
    }

    fn before_object(&mut self, piece: &[u8]) -> usize {
        match piece[0] {
            b' ' | b'\t' | b'\r' | b'\n' => {}
            b'{' => {
                self.depth = 1;
                self.place = Place::Structure;
            }
            _ => self.place = Place::Done,
        }
        1
    }

    /// Walks to the next text or to the end of the object.
    fn structure(&mut self, piece: &[u8]) -> usize {
        for (at, byte) in piece.iter().enumerate() {
            match byte {
                b'"' => {
                    self.place = Place::Text;
                    self.captured.bytes.clear();
                    self.captured.overflowed = false;
                    return at + 1;
                }
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        self.place = Place::Done;
                        return at + 1;
                    }
                }
                b',' if self.depth == 1 => self.member = Member::BeforeKey,
                _ => {}
            }
        }
        piece.len()
    }

    fn text(&mut self, piece: &[u8]) -> usize {
        let Some(stop) = memchr::memchr2(b'"', b'\\', piece) else {
            self.capture(piece);
            return piece.len();
        };
        if piece[stop] == b'"' {
            self.capture(&piece[..stop]);
            self.place = Place::Structure;
            if self.depth == 1 {
                self.top_level_text();
            }
        } else {
            self.capture(&piece[..=stop]);
            self.place = Place::Escape;
        }
        stop + 1
    }

    fn capture(&mut self, bytes: &[u8]) {
        if self.depth != 1 || self.captured.overflowed {
            return;
        }
        if self.captured.bytes.len() + bytes.len() > CAPTURED_BYTES_MAX {
            self.captured.overflowed = true;
        } else {
            self.captured.bytes.extend_from_slice(bytes);
        }
    }

    fn top_level_text(&mut self) {
        let text = self.captured.text();
        match self.member {
            Member::BeforeKey => {
                let field = match text.as_deref() {
                    Some("type") => Field::Type,
                    Some("invocation_id") => Field::InvocationId,
                    Some("id") => Field::Id,
                    _ => Field::Other,
                };
                // The last of several equal keys counts, as it does for the decoder.
                match field {
                    Field::Type => self.message_type = None,
                    Field::InvocationId => self.invocation_id = None,
                    Field::Id => self.registration_id = None,
                    Field::Other => {}
                }
                self.member = Member::Value(field);
            }
            Member::Value(Field::Type) => self.message_type = text,
            Member::Value(Field::InvocationId) => self.invocation_id = text,
            Member::Value(Field::Id) => self.registration_id = text,
            Member::Value(Field::Other) => {}
        }
    }
}

impl Capture {
    fn text(&self) -> Option<String> {
        if self.overflowed {
            return None;
        }
        std::str::from_utf8(&self.bytes).ok().and_then(unescape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skim(text: &str, piece_bytes: usize) -> (Option<String>, Option<String>) {
        let mut skimmer = Skimmer::default();
        for piece in text.as_bytes().chunks(piece_bytes) {
            skimmer.feed(piece);
        }
        let found = skimmer.finish();
        (
            found.message_type,
            found.invocation_id.map(|id| id.to_string()),
        )
    }

    fn found(message_type: &str, invocation_id: &str) -> (Option<String>, Option<String>) {
        (Some(message_type.into()), Some(invocation_id.into()))
    }

    #[test]
    fn fields_are_found_wherever_they_stand_and_however_the_text_is_cut() {
        let texts = [
            r#"{"type":"invokefunction","invocation_id":"i-1","data":{"type":"no"}}"#,
            r#" {"data":[{"invocation_id":"no","type":"no"},"}\"],{"],"invocation_id":"i-1",
                "type" : "invokefunction" }"#,
            r#"{"a":"type","b":"\\","n":-1.5e3,"t":true,"\u0074ype":"invoke\u0066unction",
                "invocation_id":"i-1"} trailing "type":"no""#,
        ];
        for text in texts {
            for piece_bytes in 1..=text.len() {
                let at = format!("{text} in pieces of {piece_bytes}");
                assert_eq!(
                    skim(text, piece_bytes),
                    found("invokefunction", "i-1"),
                    "{at}"
                );
            }
        }
    }

    #[test]
    fn a_registration_is_known_by_its_own_id_only() {
        let mut skimmer = Skimmer::default();
        skimmer.feed(br#"{"metadata":{"id":"no"},"id":"f::a","type":"registerfunction"}"#);
        let found = skimmer.finish();
        assert_eq!(found.registration_id.as_deref(), Some("f::a"));
        assert_eq!(found.message_type.as_deref(), Some("registerfunction"));
        assert_eq!(found.invocation_id, None);
    }

    #[test]
    fn the_last_of_several_equal_keys_counts() {
        let text =
            r#"{"type":"no","invocation_id":"no","type":"invokefunction","invocation_id":"i-1"}"#;
        assert_eq!(skim(text, 7), found("invokefunction", "i-1"));
        // Also when its value is no identity: the decoder would not take the earlier one either.
        let text = r#"{"type":"no","invocation_id":"no","invocation_id":7,"type":{}}"#;
        assert_eq!(skim(text, 7), (None, None));
    }

    #[test]
    fn what_is_no_identity_is_not_found() {
        let long = format!("{{\"type\":\"{}\",\"invocation_id\":7}}", "x".repeat(300));
        for text in [
            &long,
            "",
            "[\"type\",\"x\"]",
            "\"type\":\"x\"",
            "{}]}{\"type\":\"x\"}",
        ] {
            assert_eq!(skim(text, 3), (None, None), "{text}");
        }
    }

    #[test]
    fn nothing_but_short_top_level_texts_is_kept() {
        let mut skimmer = Skimmer::default();
        skimmer.feed(b"{\"data\":{\"a\":\"");
        for _ in 0..1_000 {
            skimmer.feed(&[b'x'; 1_000]);
        }
        assert_eq!(skimmer.captured.bytes.capacity(), 8.max("data".len()));
    }
}
