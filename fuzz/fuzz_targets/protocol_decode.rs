//! Whatever arrives, decoding neither panics nor accepts what it cannot say again.

#![no_main]

use bytes::Bytes;
use iii_protocol::{Message, decode, encode};
use libfuzzer_sys::fuzz_target;

fn encoded(message: &Message) -> Bytes {
    let mut frame = Vec::new();
    encode(message, &mut frame);
    frame.into()
}

fuzz_target!(|frame: &[u8]| {
    let frame = Bytes::copy_from_slice(frame);
    match decode(frame) {
        Ok(message) => {
            let canonical = encoded(&message);
            assert_eq!(decode(canonical.clone()).as_ref(), Ok(&message));
            assert_eq!(encoded(&decode(canonical.clone()).expect("decoded before")), canonical);
        }
        Err(error) => {
            // The text that is logged and answered with.
            let _ = error.to_string();
        }
    }
});
