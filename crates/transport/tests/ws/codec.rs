//! Properties of the frame codec: what was framed comes out, however it was cut, and nothing that
//! comes in can break it.

use crate::support::masked_frame;
use bytes::{Bytes, BytesMut};
use iii_protocol::InvocationId;
use iii_transport::ws::{AssemblyBudget, Decoder, Event, Limits, Opcode, Role, Skimmer, Violation};
use proptest::collection::vec;
use proptest::prelude::*;
use std::sync::Arc;

/// Largest message of these tests.
const MESSAGE_BYTES_MAX: usize = 3_000;

fn limits() -> Limits {
    Limits {
        message_bytes_max: MESSAGE_BYTES_MAX,
        skip_bytes_max: 10_000,
        assembly: Arc::new(AssemblyBudget::new(MESSAGE_BYTES_MAX * 64)),
    }
}

/// Feeds a decoder in pieces, as a socket would.
fn decode(bytes: &[u8], cuts: &[usize], limits: Limits) -> Result<Vec<Event>, Violation> {
    let mut decoder = Decoder::new(Role::Server, Arc::new(limits));
    let mut events = Vec::new();
    let mut input = BytesMut::new();
    let mut rest = bytes;
    for cut in cuts.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, after) = rest.split_at((*cut).min(rest.len()));
        input.extend_from_slice(piece);
        while let Some(event) = decoder.next(&mut input)? {
            events.push(event);
        }
        assert!(input.len() < 14 + 125, "{} bytes put by", input.len());
        rest = after;
    }
    Ok(events)
}

#[derive(Clone, Debug)]
enum Sent {
    Data {
        text: bool,
        fragments: Vec<Vec<u8>>,
        ping_between: bool,
    },
    Ping(Vec<u8>),
    Pong,
}

fn sent() -> impl Strategy<Value = Sent> {
    let fragment = prop_oneof![
        vec(any::<u8>(), 0..40),
        vec(any::<u8>(), 100..140),
        vec(any::<u8>(), 900..1_000),
    ];
    prop_oneof![
        4 => (any::<bool>(), vec(fragment, 1..4), any::<bool>()).prop_map(
            |(text, fragments, ping_between)| Sent::Data { text, fragments, ping_between }
        ),
        1 => vec(any::<u8>(), 0..=125).prop_map(Sent::Ping),
        1 => Just(Sent::Pong),
    ]
}

/// The frames of what is sent, and the events they must give.
fn frames(all: &[Sent], key: [u8; 4]) -> (Vec<u8>, Vec<Event>) {
    let (mut bytes, mut events) = (Vec::new(), Vec::new());
    let mut push = |fin, opcode, payload: &[u8]| {
        bytes.extend_from_slice(&masked_frame(fin, opcode, payload, key));
    };
    for sent in all {
        match sent {
            Sent::Ping(payload) => {
                push(true, Opcode::Ping, payload);
                events.push(Event::Ping(Bytes::from(payload.clone())));
            }
            Sent::Pong => {
                push(true, Opcode::Pong, b"");
                events.push(Event::Pong);
            }
            Sent::Data {
                text,
                fragments,
                ping_between,
            } => {
                let first = if *text { Opcode::Text } else { Opcode::Binary };
                for (at, fragment) in fragments.iter().enumerate() {
                    let opcode = if at == 0 { first } else { Opcode::Continuation };
                    push(at + 1 == fragments.len(), opcode, fragment);
                    if *ping_between && at + 1 < fragments.len() {
                        push(true, Opcode::Ping, b"?");
                        events.push(Event::Ping(Bytes::from_static(b"?")));
                    }
                }
                let whole = Bytes::from(fragments.concat());
                events.push(if *text {
                    Event::Text(whole)
                } else {
                    Event::Binary(whole)
                });
            }
        }
    }
    (bytes, events)
}

proptest! {
    #[test]
    fn what_was_framed_comes_out_however_it_was_cut(
        all in vec(sent(), 0..12),
        key: [u8; 4],
        cuts in vec(1_usize..400, 1..8),
    ) {
        let (bytes, events) = frames(&all, key);
        let limits = limits();
        let budget = Arc::clone(&limits.assembly);
        prop_assert_eq!(decode(&bytes, &cuts, limits), Ok(events));
        prop_assert_eq!(budget.bytes(), 0);
    }

    #[test]
    fn arbitrary_bytes_end_in_events_or_a_violation(
        bytes in vec(any::<u8>(), 0..600),
        cuts in vec(1_usize..90, 1..5),
    ) {
        if let Err(violation) = decode(&bytes, &cuts, limits()) {
            prop_assert!([1002, 1007, 1009].contains(&violation.code));
        }
    }

    #[test]
    fn oversize_messages_are_named_however_they_were_cut(
        before in 0_usize..4_000,
        between in 0_usize..4_000,
        fragment_bytes in 1_usize..5_000,
        cuts in vec(1_usize..5_000, 1..5),
        key: [u8; 4],
    ) {
        let message = format!(
            r#"{{"data":["{}"],"type":"invokefunction","m":"{}","invocation_id":"é-1"}}"#,
            "x".repeat(before),
            "\\\"".repeat(between / 2),
        );
        prop_assume!(message.len() > MESSAGE_BYTES_MAX && message.len() <= 10_000);
        let mut bytes = Vec::new();
        let count = message.len().div_ceil(fragment_bytes);
        for (at, piece) in message.as_bytes().chunks(fragment_bytes).enumerate() {
            let opcode = if at == 0 { Opcode::Text } else { Opcode::Continuation };
            bytes.extend_from_slice(&masked_frame(at + 1 == count, opcode, piece, key));
        }
        let events = decode(&bytes, &cuts, limits());
        let Ok([Event::Refused(refused)]) = events.as_deref() else {
            return Err(TestCaseError::fail(format!("{events:?}")));
        };
        prop_assert_eq!(refused.message_type.as_deref(), Some("invokefunction"));
        prop_assert_eq!(&refused.invocation_id, &Some(InvocationId::parse("é-1")));
    }

    #[test]
    fn a_skimmer_takes_anything_and_does_not_mind_where_it_is_cut(
        text in r#"[{}\[\]",:\\ typeinvocation_d0-9]{0,200}"#,
        cut in 1_usize..50,
    ) {
        let mut whole = Skimmer::default();
        whole.feed(text.as_bytes());
        let mut pieces = Skimmer::default();
        for piece in text.as_bytes().chunks(cut) {
            pieces.feed(piece);
        }
        prop_assert_eq!(whole.finish(), pieces.finish());
    }

    #[test]
    fn a_skimmer_finds_what_the_decoder_finds(
        data in "[a-z\"{}:,\\[\\]]{0,60}",
        id in "[a-zA-Z0-9-]{1,40}",
        first: bool,
    ) {
        let data = format!("{data:?}");
        let text = if first {
            format!(r#"{{"type":"cancelinvocation","invocation_id":"{id}","reason":{data}}}"#)
        } else {
            let kind = r#""type":"cancelinvocation""#;
            format!(r#" {{ "reason" : {data} , "invocation_id" : "{id}", {kind}}}"#)
        };
        let mut skimmer = Skimmer::default();
        skimmer.feed(text.as_bytes());
        let found = skimmer.finish();
        let decoded = iii_protocol::decode(Bytes::from(text));
        let Ok(iii_protocol::Message::CancelInvocation(cancel)) = decoded else {
            return Err(TestCaseError::fail(format!("{decoded:?}")));
        };
        prop_assert_eq!(found.message_type.as_deref(), Some("cancelinvocation"));
        prop_assert_eq!(found.invocation_id, Some(cancel.invocation_id));
    }
}
