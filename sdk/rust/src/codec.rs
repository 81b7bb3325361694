//! Between Rust values and the JSON text of payloads.

use crate::{Error, explain_json};
use bytes::Bytes;
use iii_protocol::Payload;
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Writes a value as JSON text.
///
/// # Errors
/// [`Error::Serialization`] when the value has no JSON form (a map with keys that are no strings,
/// or a failing `Serialize`).
///
/// ```
/// let payload = iii_kit::to_payload(&[1, 2])?;
/// assert_eq!(payload.as_bytes(), b"[1,2]");
/// # Ok::<(), iii_kit::Error>(())
/// ```
pub fn to_payload<T: Serialize + ?Sized>(value: &T) -> Result<Payload, Error> {
    match serde_json::to_vec(value) {
        Ok(text) => Ok(Payload::from_trusted(Bytes::from(text))),
        Err(error) => Err(Error::Serialization(error.to_string())),
    }
}

/// Reads a value from JSON text. An absent payload reads as `null`.
///
/// # Errors
/// [`Error::Deserialization`] when the text does not fit the type.
///
/// ```
/// let none: Option<u32> = iii_kit::from_payload(None)?;
/// assert_eq!(none, None);
/// # Ok::<(), iii_kit::Error>(())
/// ```
pub fn from_payload<T: DeserializeOwned>(payload: Option<&Payload>) -> Result<T, Error> {
    let text = payload.map_or(b"null".as_slice(), Payload::as_bytes);
    serde_json::from_slice(text).map_err(|error| Error::Deserialization(explain_json(&error, text)))
}

/// A `Value` always has a JSON form.
pub(crate) fn value_payload(value: &serde_json::Value) -> Payload {
    Payload::from_trusted(Bytes::from(value.to_string()))
}

/// The JSON Schema of a type when it is read, as JSON text.
pub(crate) fn input_schema<T: JsonSchema>() -> Payload {
    let generator = SchemaGenerator::default();
    value_payload(generator.into_root_schema_for::<T>().as_value())
}

/// The JSON Schema of a type when it is written, as JSON text.
pub(crate) fn output_schema<T: JsonSchema>() -> Payload {
    let settings = schemars::generate::SchemaSettings::default().for_serialize();
    let generator = SchemaGenerator::new(settings);
    value_payload(generator.into_root_schema_for::<T>().as_value())
}
