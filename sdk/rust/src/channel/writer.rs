//! The writing end of a channel.

use super::{ChannelError, ChannelRef};
use bytes::Bytes;
use iii_transport::Dial;
use std::sync::Arc;

/// Writes a channel. Attaches at the first write. Dropping it without [`ChannelWriter::finish`] is
/// an abort: the reader learns that the stream is incomplete.
pub struct ChannelWriter {
    dial: Arc<dyn Dial>,
    channel: ChannelRef,
}

impl ChannelWriter {
    pub(crate) fn new(dial: Arc<dyn Dial>, channel: ChannelRef) -> Self {
        Self { dial, channel }
    }

    /// Writes bytes, in frames of at most 64 KiB. Waits while the reader is slow.
    ///
    /// # Errors
    /// The channel cannot be attached, or its reader is gone.
    pub async fn write(&mut self, data: Bytes) -> Result<(), ChannelError> {
        let _ = (data, &self.dial, &self.channel);
        Err(ChannelError::Closed)
    }

    /// Writes a control message, in order with the bytes.
    ///
    /// # Errors
    /// The channel cannot be attached, or its reader is gone.
    pub async fn send_message(&mut self, text: impl Into<String>) -> Result<(), ChannelError> {
        let _ = text.into();
        Err(ChannelError::Closed)
    }

    /// Ends the stream in order.
    ///
    /// # Errors
    /// The channel cannot be attached, or its reader is gone.
    pub async fn finish(self) -> Result<(), ChannelError> {
        Err(ChannelError::Closed)
    }

    /// Gives the stream up: the reader learns that it is incomplete.
    pub async fn abort(self) {}
}
