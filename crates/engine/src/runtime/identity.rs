//! Ids and secrets that the engine hands out.

use crate::core::ChannelKeys;
use hmac::{Hmac, KeyInit, Mac};
use iii_protocol::{InvocationId, Text};
use sha2::Sha256;

/// The secret that everything derived stands on; new with every start.
pub(super) struct Secret([u8; 32]);

impl Secret {
    /// From the system's randomness.
    pub(super) fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// The secret under which a session's channel references are made. Derived, so that references
    /// can be checked without keeping anything about sessions.
    pub(super) fn channels_of(&self, worker_id: &str) -> [u8; 32] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(b"channels of ");
        mac.update(worker_id.as_bytes());
        mac.finalize().into_bytes().into()
    }

    /// The keys of a channel, if its id names a session of this engine's making.
    pub(super) fn channel_keys(&self, channel_id: &str) -> Option<ChannelKeys> {
        let (worker_id, _) = channel_id.split_once('.')?;
        Some(ChannelKeys::derive(
            &self.channels_of(worker_id),
            channel_id,
        ))
    }
}

const TIME_SHIFT: u32 = 80;
const VERSION_AND_VARIANT: u128 = (0x7 << 76) | (0b10 << 62);
const VERSION_AND_VARIANT_MASK: u128 = (0xf << 76) | (0b11 << 62);

/// A worker id: a version 7 UUID, whose first 48 bits are the time it was made.
pub(super) fn worker_id(unix_ms: u64) -> Result<Text, getrandom::Error> {
    let mut random = [0; 16];
    getrandom::fill(&mut random)?;
    let random = u128::from_be_bytes(random) & ((1 << TIME_SHIFT) - 1) & !VERSION_AND_VARIANT_MASK;
    let bits = (u128::from(unix_ms) << TIME_SHIFT) | VERSION_AND_VARIANT | random;
    Ok(InvocationId::from_u128(bits).to_string().into())
}

/// When a worker id was made, in milliseconds since the Unix epoch.
pub(super) fn made_at_ms(worker_id: &str) -> Option<u64> {
    let bits = InvocationId::parse(worker_id).as_u128()?;
    u64::try_from(bits >> TIME_SHIFT).ok()
}

/// A random token.
pub(super) fn token() -> Result<Text, getrandom::Error> {
    let mut random = [0; 16];
    getrandom::fill(&mut random)?;
    Ok(InvocationId::from_u128(u128::from_be_bytes(random))
        .to_string()
        .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worker_ids_carry_their_time_and_differ() {
        let (a, b) = (
            worker_id(1_700_000_000_123).unwrap(),
            worker_id(1_700_000_000_123).unwrap(),
        );
        assert_ne!(a, b);
        assert_eq!(made_at_ms(&a), Some(1_700_000_000_123));
        assert_eq!(a.as_bytes()[14], b'7');
        assert_eq!(made_at_ms("x"), None);
    }
}
