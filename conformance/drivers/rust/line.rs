//! Lines in and out. What is payload stays the text it was.

use iii_kit::{Bytes, Payload};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use std::io::Write;

/// What every request has.
#[derive(Deserialize)]
pub(crate) struct Head {
    pub(crate) id: u64,
    pub(crate) op: String,
}

/// JSON text that may be absent, and is there when it is `null`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Json(Option<Box<RawValue>>);

impl Json {
    pub(crate) fn payload(&self) -> Option<Payload> {
        self.0.as_ref().map(|text| payload(text))
    }

    pub(crate) fn value(&self) -> Option<Value> {
        let text = self.0.as_ref()?.get();
        serde_json::from_str(text).ok()
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(|text| Self(Some(text)))
    }
}

fn payload(text: &RawValue) -> Payload {
    Payload::from_trusted(Bytes::from(text.get().to_owned()))
}

/// A JSON string of so many `x`.
pub(crate) fn filled(bytes: usize) -> Payload {
    Payload::from_trusted(Bytes::from(format!("\"{}\"", "x".repeat(bytes))))
}

/// A payload as it goes into a line.
pub(crate) fn raw(payload: &Payload) -> Option<Box<RawValue>> {
    let text = String::from_utf8(payload.as_bytes().to_vec()).ok()?;
    RawValue::from_string(text).ok()
}

/// Writes one line, in one piece.
pub(crate) fn write(line: &impl Serialize) {
    let Ok(mut text) = serde_json::to_vec(line) else {
        return;
    };
    text.push(b'\n');
    let mut stdout = std::io::stdout().lock();
    // When nobody reads any more, stdin ends too.
    let _ = stdout.write_all(&text).and_then(|()| stdout.flush());
}
