//! The scanner accepts what a JSON parser accepts, and nothing else.

#![no_main]

use bytes::Bytes;
use iii_protocol::{ErrorBody, Payload};
use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;

/// The nesting limits differ; below this depth both must agree.
const NESTING_COMPARED: usize = 100;

fuzz_target!(|text: &[u8]| {
    let scanned = Payload::parse(Bytes::copy_from_slice(text));
    let opened = text.iter().filter(|byte| matches!(byte, b'[' | b'{')).count();
    if opened < NESTING_COMPARED {
        let parsed = serde_json::from_slice::<&RawValue>(text);
        assert_eq!(scanned.is_ok(), parsed.is_ok(), "{scanned:?} {parsed:?}");
    }
    if let Ok(payload) = scanned {
        let _ = ErrorBody::from_payload(&payload);
    }
});
