//! Whatever a client sends: the decoder ends in events or a violation, holds less than a header
//! between two reads, gives its share of the budget back, and does not care how the bytes were cut.

#![no_main]

use bytes::{Bytes, BytesMut};
use iii_transport::ws::{AssemblyBudget, Decoder, Event, Limits, Role, Violation};
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

/// Longest header and control frame.
const PUT_BY_BYTES_MAX: usize = 14 + 125;

fn limits() -> Limits {
    Limits {
        message_bytes_max: 512,
        skip_bytes_max: 2048,
        assembly: Arc::new(AssemblyBudget::new(1 << 20)),
    }
}

fn decode(bytes: &[u8], piece_bytes: usize) -> (Vec<Event>, Option<Violation>) {
    let limits = limits();
    let budget = Arc::clone(&limits.assembly);
    let mut decoder = Decoder::new(Role::Server, Arc::new(limits));
    let mut events = Vec::new();
    let mut input = BytesMut::new();
    let mut violation = None;
    'pieces: for piece in bytes.chunks(piece_bytes) {
        input.extend_from_slice(piece);
        loop {
            match decoder.next(&mut input) {
                Ok(Some(event)) => events.push(event),
                Ok(None) => break,
                Err(found) => {
                    violation = Some(found);
                    break 'pieces;
                }
            }
        }
        assert!(input.len() < PUT_BY_BYTES_MAX);
    }
    for event in &events {
        if let Event::Text(bytes) | Event::Binary(bytes) = event {
            assert!(bytes.len() <= 512);
            let _ = iii_protocol::decode(Bytes::clone(bytes));
        }
    }
    drop(decoder);
    assert_eq!(budget.bytes(), 0);
    (events, violation)
}

fuzz_target!(|data: &[u8]| {
    let Some((cut, bytes)) = data.split_first() else {
        return;
    };
    let whole = decode(bytes, bytes.len().max(1));
    let pieces = decode(bytes, usize::from(*cut).max(1));
    assert_eq!(whole, pieces);
});
