//! Channel references: minted from a per-session secret, so that nothing is allocated until an end
//! attaches.

use super::{Reply, Request, done};
use crate::core::ids::Moment;
use hmac::{Hmac, KeyInit, Mac};
use iii_protocol::ErrorBody;
use serde::Deserialize;
use serde_json::json;
use sha2::Sha256;
use std::fmt::Write;

/// Bytes of each end's key.
const KEY_BYTES: usize = 16;

/// The keys of a channel's two ends: `HMAC-SHA256(secret, channel id)`, halved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelKeys {
    /// Admits the reader.
    pub read: String,
    /// Admits the writer.
    pub write: String,
}

impl ChannelKeys {
    /// The keys of `channel_id` under a session's secret.
    #[must_use]
    pub fn derive(secret: &[u8; 32], channel_id: &str) -> Self {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
        mac.update(channel_id.as_bytes());
        let bytes = mac.finalize().into_bytes();
        let hex = |bytes: &[u8]| {
            bytes
                .iter()
                .fold(String::with_capacity(2 * KEY_BYTES), |mut hex, byte| {
                    let _ = write!(hex, "{byte:02x}");
                    hex
                })
        };
        Self {
            read: hex(&bytes[..KEY_BYTES]),
            write: hex(&bytes[KEY_BYTES..]),
        }
    }
}

#[derive(Deserialize)]
struct CreateInput {
    buffer_size: Option<u64>,
}

/// Mints a reference on behalf of a client that does not do so itself. The id carries the mint
/// time like those that workers make, so that it expires in the same way.
pub(super) fn create(request: &mut Request<'_>) -> Result<Reply, ErrorBody> {
    let input: CreateInput = request.input()?;
    let session = &mut *request.session;
    session.channels_minted += 1;
    let n = number(session.started, request.now, session.channels_minted);
    let mut id = format!("{}.{n}", session.identity.worker_id);
    if let Some(frames) = input.buffer_size {
        let _ = write!(id, ".{}", frames.clamp(1, 1024));
    }
    let keys = ChannelKeys::derive(&session.channel_secret, &id);
    done(&json!({
        "writer": { "channel_id": &id, "access_key": keys.write, "direction": "write" },
        "reader": { "channel_id": &id, "access_key": keys.read, "direction": "read" },
    }))
}

/// Milliseconds since the session began in the upper bits, a counter in the lower 16, whose top bit
/// tells the engine's numbers from those of the worker.
fn number(started: Moment, now: Moment, counter: u64) -> u64 {
    (now.ms_from(started) << 16) | 0x8000 | (counter & 0x7fff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_differ_by_end_channel_and_secret() {
        let keys = ChannelKeys::derive(&[1; 32], "w.1");
        assert_ne!(keys.read, keys.write);
        assert_eq!(keys.read.len(), 32);
        assert_ne!(keys, ChannelKeys::derive(&[1; 32], "w.2"));
        assert_ne!(keys, ChannelKeys::derive(&[2; 32], "w.1"));
        assert_eq!(keys, ChannelKeys::derive(&[1; 32], "w.1"));
    }
}
