//! Channel references made without a call.

use super::{ChannelDirection, ChannelRef, ChannelRefs};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::time::Duration;

/// The low bits of a channel number tell channels of one millisecond apart.
const COUNTER_BITS: u32 = 16;
/// Each end's key is one half of the digest.
const KEY_BYTES: usize = 16;

/// References to channel `<worker_id>.<n>`. The engine recognises them by the secret it gave this
/// connection, and can tell how old they are from `n`.
pub(crate) fn refs(worker_id: &str, secret: &[u8], age: Duration, counter: u64) -> ChannelRefs {
    let age_ms = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
    let number = (age_ms << COUNTER_BITS) | (counter & ((1 << COUNTER_BITS) - 1));
    let channel_id = format!("{worker_id}.{number}");
    let digest = digest(secret, channel_id.as_bytes());
    let (read_key, write_key) = digest.split_at(KEY_BYTES);
    let reference = |direction, key| ChannelRef {
        channel_id: channel_id.clone(),
        access_key: hex(key),
        direction,
    };
    ChannelRefs {
        reader: reference(ChannelDirection::Read, read_key),
        writer: reference(ChannelDirection::Write, write_key),
    }
}

fn digest(secret: &[u8], text: &[u8]) -> [u8; 2 * KEY_BYTES] {
    // HMAC takes keys of any length, so there is no other case.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else {
        return [0; 2 * KEY_BYTES];
    };
    mac.update(text);
    mac.finalize().into_bytes().into()
}

fn hex(bytes: &[u8]) -> String {
    // Every HTTP request makes four keys; formatting them byte by byte would cost more than HMAC.
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_the_halves_of_one_digest() {
        // printf 'w.65541' | openssl dgst -sha256 -hmac secret
        let refs = refs("w", b"secret", Duration::from_millis(1), 5);
        assert_eq!(refs.reader.channel_id, "w.65541");
        assert_eq!(refs.writer.channel_id, "w.65541");
        let both = format!("{}{}", refs.reader.access_key, refs.writer.access_key);
        assert_eq!(
            both,
            "016e66e30b948a889b22d8df3e0a66534e9a39ccb8fd7e4f3922d22194acfb73"
        );
    }

    #[test]
    fn numbers_differ_within_a_millisecond_and_between_them() {
        let id = |age_ms, counter| {
            let age = Duration::from_millis(age_ms);
            refs("w", b"secret", age, counter).reader.channel_id
        };
        assert_ne!(id(7, 0), id(7, 1));
        assert_ne!(id(7, 0), id(8, 1 << COUNTER_BITS));
    }
}
