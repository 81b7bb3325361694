//! What a queue says about the message it delivers.

use iii_protocol::Payload;
use serde::Deserialize;

/// A message that a queue delivers, beside its payload.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Delivery {
    /// Identifies the message in its queue, the same in every attempt.
    pub message_id: String,
    /// The queue.
    pub queue: String,
    /// When the message was put on the queue, in milliseconds since the Unix epoch.
    pub enqueued_at: u64,
}

/// Reads what came with a call; `None` for what is no delivery.
pub(super) fn read(delivery: &Payload) -> Option<Delivery> {
    serde_json::from_slice(delivery.as_bytes()).ok()
}
