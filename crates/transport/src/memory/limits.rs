//! The bounds of the in-process transport.

/// The bounds of one in-process pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest message that is handed over, in approximate bytes; a larger one arrives as
    /// [`crate::Inbound::Malformed`], as it does on every transport.
    pub message_bytes_max: usize,
    /// Approximate bytes that one side may leave unread before the other side's flush waits.
    pub unread_bytes_high: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_bytes_max: iii_protocol::Limits::DEFAULT.message_bytes_max,
            unread_bytes_high: 4 * 1024 * 1024,
        }
    }
}
