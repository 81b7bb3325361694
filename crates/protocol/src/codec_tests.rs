//! Round trips and hostile frames, over the whole codec.

use crate::*;
use bytes::Bytes;
use proptest::prelude::*;

fn decode_text(frame: &str) -> Result<Message, DecodeError> {
    decode(Bytes::copy_from_slice(frame.as_bytes()))
}

fn encoded(message: &Message) -> String {
    let mut frame = Vec::new();
    encode(message, &mut frame);
    String::from_utf8(frame).unwrap()
}

#[test]
fn payload_text_survives_exactly() {
    let data = r#"{"z":1.0, "a":1e2,"n":null ,"big":12345678901234567890123}"#;
    let frame = format!(r#"{{"data":{data},"function_id":"f","type":"invokefunction"}}"#);
    let Message::InvokeFunction(call) = decode_text(&frame).unwrap() else {
        panic!()
    };
    assert_eq!(call.data.as_ref().unwrap().as_bytes(), data.as_bytes());
    assert_eq!(
        encoded(&Message::InvokeFunction(call)),
        format!(r#"{{"type":"invokefunction","function_id":"f","data":{data}}}"#)
    );
}

#[test]
fn null_and_absent_data_differ() {
    let with = r#"{"type":"invokefunction","function_id":"f","data":null,"namespace":null}"#;
    let Message::InvokeFunction(call) = decode_text(with).unwrap() else {
        panic!()
    };
    assert_eq!((call.data, call.namespace), (Some(Payload::NULL), None));
    let without = r#"{"type":"invokefunction","function_id":"f"}"#;
    let Message::InvokeFunction(call) = decode_text(without).unwrap() else {
        panic!()
    };
    assert_eq!(call.data, None);
}

#[test]
fn faults_keep_the_invocation_id() {
    let id = "b046f3c1-0d2e-4f5a-8b6c-7d8e9fa0b1c2";
    for (frame, kind) in [
        (
            format!(r#"{{"type":"invokefunction","invocation_id":"{id}"}}"#),
            DecodeErrorKind::MissingField("function_id"),
        ),
        (
            format!(r#"{{"invocation_id":"{id}","type":"invokefunction","function_id":7}}"#),
            DecodeErrorKind::WrongFieldType("function_id"),
        ),
        (
            format!(r#"{{"type":"nonsense","invocation_id":"{id}"}}"#),
            DecodeErrorKind::UnknownType,
        ),
        (
            format!(r#"{{"invocation_id":"{id}"}}"#),
            DecodeErrorKind::MissingType,
        ),
    ] {
        let error = decode_text(&frame).unwrap_err();
        assert_eq!(error.kind, kind, "{frame}");
        assert_eq!(error.invocation_id, Some(id.into()), "{frame}");
    }
    let broken = format!(r#"{{"type":"invokefunction","invocation_id" : "{id}","data":{{oops}}}}"#);
    let error = decode_text(&broken).unwrap_err();
    assert!(matches!(error.kind, DecodeErrorKind::Syntax(_)));
    assert_eq!(error.invocation_id, Some(id.into()));
    assert_eq!(error.message_type.as_deref(), Some("invokefunction"));
}

#[test]
fn frames_that_are_no_objects_are_refused() {
    for frame in [
        "",
        " ",
        "[]",
        "null",
        "\"x\"",
        "7",
        "{",
        "{\"type\":\"ping\"}x",
    ] {
        assert!(decode_text(frame).is_err(), "{frame}");
    }
    assert!(decode(Bytes::from_static(b"{\"type\":\"ping\",\"x\":\"\xff\"}")).is_err());
}

#[test]
fn envelope_strings_have_limits() {
    let long = "x".repeat(ENVELOPE_TEXT_BYTES_MAX + 1);
    let frame = format!(r#"{{"type":"invokefunction","function_id":"{long}"}}"#);
    assert_eq!(
        decode_text(&frame).unwrap_err().kind,
        DecodeErrorKind::FieldTooLong("function_id")
    );
}

#[test]
fn limits_count_the_text_and_not_its_escapes() {
    let escaped = "\\f".repeat(ENVELOPE_TEXT_BYTES_MAX);
    let frame = format!(r#"{{"type":"unregisterfunction","id":"{escaped}"}}"#);
    let message = decode_text(&frame).unwrap();
    assert_eq!(decode_text(&encoded(&message)), Ok(message));
    let frame = format!(r#"{{"type":"unregisterfunction","id":"{escaped}\f"}}"#);
    let error = decode_text(&frame).unwrap_err();
    assert_eq!(error.kind, DecodeErrorKind::FieldTooLong("id"));
}

#[test]
fn error_bodies_survive_malformed_peers() {
    let read = |json: &'static str| {
        ErrorBody::from_payload(&Payload::parse(Bytes::from_static(json.as_bytes())).unwrap())
    };
    assert_eq!(read(r#"{"code":"a\n","message":"b"}"#).code, "a\n");
    assert_eq!(read(r#"{"message":"b"}"#).code, "UNKNOWN");
    assert_eq!(read("\"boom\"").message, "\"boom\"");
}

proptest! {
    #[test]
    fn strings_round_trip(text in any::<String>()) {
        prop_assume!(!text.is_empty() && text.len() <= 100);
        let message = Message::UnregisterFunction(UnregisterFunction { id: text.into() });
        prop_assert_eq!(decode_text(&encoded(&message)), Ok(message));
    }

    #[test]
    fn no_frame_panics(frame in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(Bytes::from(frame));
    }

    #[test]
    fn no_near_miss_panics(
        cut in 0usize..150,
        byte in any::<u8>(),
        at in 0usize..150,
    ) {
        let mut frame = concat!(
            r#"{"type":"invocationresult","invocation_id":"b046f3c1-0d2e-4f5a-8b6c-7d8e9fa0b1c2","#,
            r#""result":{"a":[1,2,{"b":"\u00e9"}]},"error":null}"#,
        )
        .as_bytes()
        .to_vec();
        if let Some(slot) = frame.get_mut(at) {
            *slot = byte;
        }
        frame.truncate(frame.len() - cut.min(frame.len()));
        if let Ok(message) = decode(Bytes::from(frame)) {
            prop_assert_eq!(decode_text(&encoded(&message)), Ok(message));
        }
    }
}
