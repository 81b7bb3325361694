//! The members of an envelope object, found in one pass.

use crate::scan::{self, Scanner};
use crate::{DecodeErrorKind, InvocationId, Payload, SyntaxError, Text, TraceContext};
use bytes::Bytes;
use std::ops::Range;

/// Longest envelope string (ids, names, namespaces), in bytes.
pub const ENVELOPE_TEXT_BYTES_MAX: usize = 1024;
/// Longest trace context string, in bytes.
pub const TRACE_TEXT_BYTES_MAX: usize = 8192;
/// Longest description, in bytes.
pub const DESCRIPTION_BYTES_MAX: usize = 65536;
/// Longest invocation id, in bytes.
pub const INVOCATION_ID_BYTES_MAX: usize = 128;
/// Most bytes that one byte of text takes when it is written as an escape.
const ESCAPE_BYTES_MAX: usize = 6;

/// Declares the vocabulary of envelope fields once: the enum and its wire names.
macro_rules! vocabulary {
    ($($variant:ident = $name:literal),+ $(,)?) => {
        #[derive(Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Field { $($variant),+ }

        impl Field {
            const NAMES: &'static [&'static str] = &[$($name),+];
            const ALL: &'static [Self] = &[$(Self::$variant),+];
        }
    };
}

impl Field {
    const COUNT: usize = Self::NAMES.len();

    pub(crate) const fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// The field with this name. Every name has a slot of its own, so one comparison decides.
    fn of_key(key: &[u8]) -> Option<Self> {
        let field = SLOTS[slot(key, SEED)?]?;
        (field.name().as_bytes() == key).then_some(field)
    }
}

const SLOT_COUNT: usize = 256;
const SLOTS: [Option<Field>; SLOT_COUNT] = match fill_slots(SEED) {
    Some(slots) => slots,
    None => panic!("the seed was chosen so that no two names share a slot"),
};
/// Found by the compiler: with it, no two names of the vocabulary share a slot.
const SEED: usize = find_seed();

const fn slot(key: &[u8], seed: usize) -> Option<usize> {
    let [first, .., last] = key else { return None };
    let middle = key[key.len() / 2] as usize;
    let mixed = (((*first as usize * seed) + middle) * seed + *last as usize) * seed + key.len();
    Some((mixed >> 4) % SLOT_COUNT)
}

const fn find_seed() -> usize {
    let mut seed = 1;
    while fill_slots(seed).is_none() {
        seed += 2;
    }
    seed
}

const fn fill_slots(seed: usize) -> Option<[Option<Field>; SLOT_COUNT]> {
    let mut slots = [None; SLOT_COUNT];
    let mut at = 0;
    while at < Field::COUNT {
        let field = Field::ALL[at];
        let Some(slot) = slot(field.name().as_bytes(), seed) else {
            panic!("a name has two bytes at least")
        };
        if slots[slot].is_some() {
            return None;
        }
        slots[slot] = Some(field);
        at += 1;
    }
    Some(slots)
}

vocabulary! {
    Type = "type",
    InvocationId = "invocation_id",
    FunctionId = "function_id",
    Data = "data",
    Action = "action",
    Metadata = "metadata",
    Namespace = "namespace",
    Traceparent = "traceparent",
    Tracestate = "tracestate",
    Baggage = "baggage",
    Caller = "caller",
    TimeoutMs = "timeout_ms",
    Parent = "parent",
    Attempt = "attempt",
    Delivery = "delivery",
    Result = "result",
    Error = "error",
    Quiet = "quiet",
    Reason = "reason",
    Id = "id",
    Description = "description",
    RequestFormat = "request_format",
    ResponseFormat = "response_format",
    Invocation = "invocation",
    Exclusive = "exclusive",
    TriggerRequestFormat = "trigger_request_format",
    CallRequestFormat = "call_request_format",
    TriggerType = "trigger_type",
    Config = "config",
    TriggerNamespace = "trigger_namespace",
    WorkerId = "worker_id",
    ReattachToken = "reattach_token",
    Features = "features",
    ChannelSecret = "channel_secret",
    Code = "code",
    WorkerName = "worker_name",
    OwnerWorkerId = "owner_worker_id",
    Message = "message",
    PreviousWorkerId = "previous_worker_id",
}

/// Where each known field's value stands in the frame. An empty range is an absent field.
pub(crate) struct Fields<'a> {
    frame: &'a Bytes,
    places: [Range<u32>; Field::COUNT],
}

impl<'a> Fields<'a> {
    /// No field is known yet.
    pub(crate) const fn new(frame: &'a Bytes) -> Self {
        const ABSENT: Range<u32> = 0..0;
        Self {
            frame,
            places: [ABSENT; Field::COUNT],
        }
    }

    /// Walks over the whole frame, which must be UTF-8, and notes where the fields are.
    pub(crate) fn scan(&mut self) -> Result<(), DecodeErrorKind> {
        if !Scanner::new(self.frame).next_is(b'{') {
            return Err(match scan::check_value(self.frame) {
                Ok(()) => DecodeErrorKind::NotAnObject,
                Err(error) => DecodeErrorKind::Syntax(error),
            });
        }
        scan::members::<SyntaxError>(self.frame, |key, value| {
            if let Some(field) = Field::of_key(&self.frame[key]) {
                self.places[field as usize] = value.start as u32..value.end as u32;
            }
            Ok(())
        })
        .map_err(DecodeErrorKind::Syntax)
    }

    fn place(&self, field: Field) -> Option<Range<usize>> {
        let place = &self.places[field as usize];
        if place.is_empty() {
            None
        } else {
            Some(place.start as usize..place.end as usize)
        }
    }

    /// The value's text; an explicit `null` counts as absent.
    fn value(&self, field: Field) -> Option<(Range<usize>, &[u8])> {
        let place = self.place(field)?;
        let text = &self.frame[place.clone()];
        if text == b"null" {
            None
        } else {
            Some((place, text))
        }
    }

    /// A JSON value kept as it is, `null` included.
    pub(crate) fn payload_or_null(&self, field: Field) -> Option<Payload> {
        Some(Payload::from_trusted(self.frame.slice(self.place(field)?)))
    }

    /// A JSON value kept as it is; `null` counts as absent.
    pub(crate) fn payload(&self, field: Field) -> Option<Payload> {
        let (place, _) = self.value(field)?;
        Some(Payload::from_trusted(self.frame.slice(place)))
    }

    /// A JSON object kept as it is; `null` counts as absent.
    pub(crate) fn object(&self, field: Field) -> Result<Option<Payload>, DecodeErrorKind> {
        match self.value(field) {
            None => Ok(None),
            Some((_, text)) if text.first() != Some(&b'{') => {
                Err(DecodeErrorKind::WrongFieldType(field.name()))
            }
            Some((place, _)) => Ok(Some(Payload::from_trusted(self.frame.slice(place)))),
        }
    }

    pub(crate) fn text_up_to(
        &self,
        field: Field,
        bytes_max: usize,
    ) -> Result<Option<Text>, DecodeErrorKind> {
        let too_long = || DecodeErrorKind::FieldTooLong(field.name());
        let Some(body) = self.string_body(field)? else {
            return Ok(None);
        };
        if !self.frame[body.clone()].contains(&b'\\') {
            if body.len() > bytes_max {
                return Err(too_long());
            }
            return Ok(Some(Text::from_checked(self.frame.slice(body))));
        }
        // The limit is on the text and not on how it is written, or else encoding could make a
        // message undecodable.
        if body.len() > bytes_max.saturating_mul(ESCAPE_BYTES_MAX) {
            return Err(too_long());
        }
        let text = std::str::from_utf8(&self.frame[body])
            .ok()
            .and_then(scan::unescape)
            .ok_or_else(|| DecodeErrorKind::WrongFieldType(field.name()))?;
        if text.len() > bytes_max {
            return Err(too_long());
        }
        Ok(Some(Text::from(text)))
    }

    /// The place of a string without its quotes, still escaped.
    fn string_body(&self, field: Field) -> Result<Option<Range<usize>>, DecodeErrorKind> {
        match self.value(field) {
            None => Ok(None),
            Some((place, text)) if text.first() == Some(&b'"') => {
                Ok(Some(place.start + 1..place.end - 1))
            }
            Some(_) => Err(DecodeErrorKind::WrongFieldType(field.name())),
        }
    }

    /// The bytes of a short string that is not kept, if it is written without escapes.
    pub(crate) fn plain_bytes(&self, field: Field) -> Option<&[u8]> {
        let bytes = &self.frame[self.string_body(field).ok()??];
        let plain = bytes.len() <= ENVELOPE_TEXT_BYTES_MAX && !bytes.contains(&b'\\');
        plain.then_some(bytes)
    }

    pub(crate) fn text(&self, field: Field) -> Result<Option<Text>, DecodeErrorKind> {
        self.text_up_to(field, ENVELOPE_TEXT_BYTES_MAX)
    }

    pub(crate) fn description(&self) -> Result<Option<Text>, DecodeErrorKind> {
        self.text_up_to(Field::Description, DESCRIPTION_BYTES_MAX)
    }

    /// A required string that says something.
    pub(crate) fn required_text(&self, field: Field) -> Result<Text, DecodeErrorKind> {
        match self.text(field)? {
            Some(text) if !text.as_bytes().is_empty() => Ok(text),
            _ => Err(DecodeErrorKind::MissingField(field.name())),
        }
    }

    pub(crate) fn invocation_id(
        &self,
        field: Field,
    ) -> Result<Option<InvocationId>, DecodeErrorKind> {
        if let Some(body) = self.string_body(field)?
            && let Some(id) = InvocationId::parse_canonical(&self.frame[body])
        {
            return Ok(Some(id));
        }
        match self.text_up_to(field, INVOCATION_ID_BYTES_MAX)? {
            None => Ok(None),
            Some(text) if text.as_bytes().is_empty() => {
                Err(DecodeErrorKind::WrongFieldType(field.name()))
            }
            Some(text) => Ok(Some(InvocationId::parse(&text))),
        }
    }

    /// A non-negative number, rounded down; clients in some languages write `30000.0`.
    pub(crate) fn number(&self, field: Field) -> Result<Option<u64>, DecodeErrorKind> {
        let Some((_, text)) = self.value(field) else {
            return Ok(None);
        };
        let text = std::str::from_utf8(text).unwrap_or_default();
        if let Ok(whole) = text.parse::<u64>() {
            return Ok(Some(whole));
        }
        match text.parse::<f64>() {
            #[expect(clippy::cast_sign_loss, reason = "the guard excludes negative numbers")]
            Ok(number) if number >= 0.0 => Ok(Some(number as u64)),
            _ => Err(DecodeErrorKind::WrongFieldType(field.name())),
        }
    }

    pub(crate) fn flag(&self, field: Field) -> Result<bool, DecodeErrorKind> {
        match self.value(field).map(|(_, text)| text) {
            None | Some(b"false") => Ok(false),
            Some(b"true") => Ok(true),
            Some(_) => Err(DecodeErrorKind::WrongFieldType(field.name())),
        }
    }

    /// An array of strings.
    pub(crate) fn texts(&self, field: Field) -> Result<Vec<Text>, DecodeErrorKind> {
        let wrong = || DecodeErrorKind::WrongFieldType(field.name());
        let Some((place, _)) = self.value(field) else {
            return Ok(Vec::new());
        };
        let mut texts = Vec::new();
        for range in scan::elements(&self.frame[place.clone()]).ok_or_else(wrong)? {
            let text = &self.frame[place.start + range.start..place.start + range.end];
            let body = text
                .strip_prefix(b"\"")
                .and_then(|text| text.strip_suffix(b"\""));
            let body = body
                .and_then(|body| std::str::from_utf8(body).ok())
                .ok_or_else(wrong)?;
            texts.push(Text::from(scan::unescape(body).ok_or_else(wrong)?));
        }
        Ok(texts)
    }

    pub(crate) fn trace(&self) -> Result<TraceContext, DecodeErrorKind> {
        Ok(TraceContext {
            traceparent: self.text_up_to(Field::Traceparent, TRACE_TEXT_BYTES_MAX)?,
            tracestate: self.text_up_to(Field::Tracestate, TRACE_TEXT_BYTES_MAX)?,
            baggage: self.text_up_to(Field::Baggage, TRACE_TEXT_BYTES_MAX)?,
        })
    }
}
