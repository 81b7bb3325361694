//! The skimmer takes any bytes, does not care where they are cut, and finds in a well-formed
//! message what the decoder finds.

#![no_main]

use bytes::Bytes;
use iii_protocol::Message;
use iii_transport::ws::{Skimmed, Skimmer};
use libfuzzer_sys::fuzz_target;

fn skim(bytes: &[u8], piece_bytes: usize) -> Skimmed {
    let mut skimmer = Skimmer::default();
    for piece in bytes.chunks(piece_bytes) {
        skimmer.feed(piece);
    }
    skimmer.finish()
}

fuzz_target!(|data: &[u8]| {
    let Some((cut, bytes)) = data.split_first() else {
        return;
    };
    let found = skim(bytes, bytes.len().max(1));
    assert_eq!(found, skim(bytes, usize::from(*cut).max(1)));
    let id = match iii_protocol::decode(Bytes::copy_from_slice(bytes)) {
        Ok(Message::InvokeFunction(call)) => call.invocation_id,
        Ok(Message::InvocationResult(result)) => Some(result.invocation_id),
        Ok(Message::CancelInvocation(cancel)) => Some(cancel.invocation_id),
        _ => return,
    };
    // Escapes may make a short id long; such an id is no identity to the skimmer.
    if bytes.len() < 256 {
        assert_eq!(found.invocation_id, id);
    }
});
