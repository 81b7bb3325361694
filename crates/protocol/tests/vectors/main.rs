//! Iterates `protocol/vectors/`: the wire contract as data, shared with the other languages.
//!
//! `UPDATE_VECTORS=1` rewrites what follows from a frame (`value`, `error_code`, ...) by this
//! codec, and canonical frames by its encoder; a person reviews the difference.

#![expect(
    clippy::unwrap_used,
    reason = "a test: whatever cannot be read is a failure"
)]

mod file;
mod render;
mod schema;

use bytes::Bytes;
use file::{Vector, VectorFile};
use iii_protocol::{DecodeError, DecodeErrorKind, Message, decode, encode};
use std::collections::BTreeSet;

/// Every `type` of the protocol. `render::type_name` matches exhaustively, so that a new message
/// cannot be forgotten here without the last test noticing.
const TYPES: [&str; 20] = [
    "invokefunction",
    "invocationresult",
    "cancelinvocation",
    "registerfunction",
    "functionregistered",
    "unregisterfunction",
    "registerservice",
    "registertriggertype",
    "triggertyperegistered",
    "unregistertriggertype",
    "registertrigger",
    "unregistertrigger",
    "triggerregistrationresult",
    "workerregistered",
    "registrationrejected",
    "reattach",
    "drain",
    "ping",
    "pong",
    "error",
];

fn encoded(message: &Message) -> Vec<u8> {
    let mut frame = Vec::new();
    encode(message, &mut frame);
    frame
}

/// The name of the kind, and the field it is about.
fn error_code(kind: &DecodeErrorKind) -> (&'static str, Option<&'static str>) {
    match kind {
        DecodeErrorKind::NotUtf8 => ("NotUtf8", None),
        DecodeErrorKind::Syntax(_) => ("Syntax", None),
        DecodeErrorKind::NotAnObject => ("NotAnObject", None),
        DecodeErrorKind::MissingType => ("MissingType", None),
        DecodeErrorKind::UnknownType => ("UnknownType", None),
        DecodeErrorKind::MissingField(field) => ("MissingField", Some(field)),
        DecodeErrorKind::WrongFieldType(field) => ("WrongFieldType", Some(field)),
        DecodeErrorKind::FieldTooLong(field) => ("FieldTooLong", Some(field)),
        DecodeErrorKind::TooLarge { .. } => ("TooLarge", None),
        DecodeErrorKind::Overloaded => ("Overloaded", None),
    }
}

/// What this codec makes of the vector's frame, written into a copy of the vector.
fn observed(vector: &Vector) -> Vector {
    let mut seen = vector.clone();
    seen.forget_outcome();
    match decode(Bytes::from(vector.frame())) {
        Ok(message) => {
            seen.valid = true;
            if vector.canonical == Some(true) {
                seen.set_frame(encoded(&message));
            }
            seen.canonical = Some(vector.canonical == Some(true));
            seen.value = Some(render::value(&message));
        }
        Err(DecodeError {
            kind,
            invocation_id,
            ..
        }) => {
            let (code, field) = error_code(&kind);
            seen.valid = false;
            seen.error_code = Some(code.to_owned());
            seen.field = field.map(str::to_owned);
            seen.invocation_id = invocation_id.map(|id| id.to_string());
        }
    }
    seen
}

#[test]
fn every_vector_holds() {
    let files = VectorFile::all();
    if file::update_is_wanted() {
        for file in files {
            let vectors = file.vectors.iter().map(observed).collect();
            VectorFile { vectors, ..file }.write();
        }
        return;
    }
    let mut checked = 0;
    for file in files {
        for vector in &file.vectors {
            let place = format!("{}: {}", file.name, vector.name);
            holds(&place, vector);
            checked += 1;
        }
    }
    assert!(checked > 100, "only {checked} vectors found");
}

fn holds(place: &str, vector: &Vector) {
    let seen = observed(vector);
    assert_eq!(seen.valid, vector.valid, "{place}: {seen:?}");
    assert_eq!(seen.error_code, vector.error_code, "{place}");
    assert_eq!(seen.field, vector.field, "{place}");
    assert_eq!(seen.invocation_id, vector.invocation_id, "{place}");
    assert_eq!(seen.value, vector.value, "{place}");
    // A canonical frame is what encoding its value gives.
    assert_eq!(
        String::from_utf8_lossy(&seen.frame()),
        String::from_utf8_lossy(&vector.frame()),
        "{place}"
    );
    if vector.valid {
        let message = decode(Bytes::from(vector.frame())).unwrap();
        let again = decode(Bytes::from(encoded(&message)));
        assert_eq!(again, Ok(message), "{place}: encoding changed the message");
    }
}

#[test]
fn vectors_are_filed_under_their_message() {
    if file::update_is_wanted() {
        return;
    }
    for file in VectorFile::all() {
        let mut names = BTreeSet::new();
        for vector in &file.vectors {
            assert!(
                names.insert(&vector.name),
                "{}: {} twice",
                file.name,
                vector.name
            );
            if let Ok(message) = decode(Bytes::from(vector.frame())) {
                assert_eq!(render::type_name(&message), file.name, "{}", vector.name);
            }
        }
    }
}

#[test]
fn every_message_has_a_canonical_and_an_invalid_vector() {
    if file::update_is_wanted() {
        return;
    }
    let files = VectorFile::all();
    for name in TYPES {
        let file = files
            .iter()
            .find(|file| file.name == name)
            .unwrap_or_else(|| panic!("no protocol/vectors/{name}.json"));
        assert!(
            file.vectors
                .iter()
                .any(|vector| vector.canonical == Some(true)),
            "{name}"
        );
        assert!(file.vectors.iter().any(|vector| !vector.valid), "{name}");
    }
    let known: BTreeSet<&str> = TYPES.into_iter().chain(["unknown"]).collect();
    let present: BTreeSet<&str> = files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(
        known, present,
        "a file without a message, or a message without a file"
    );
}
