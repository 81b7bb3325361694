//! The reading end of a channel.

use super::{ChannelError, ChannelRef};
use bytes::Bytes;
use iii_transport::{ChannelFrame, Dial};
use std::sync::Arc;

/// Reads a channel. Attaches at the first read; dropping it before the end tells the writer.
pub struct ChannelReader {
    dial: Arc<dyn Dial>,
    channel: ChannelRef,
}

impl ChannelReader {
    pub(crate) fn new(dial: Arc<dyn Dial>, channel: ChannelRef) -> Self {
        Self { dial, channel }
    }

    /// The next frame; `None` at the end of the stream. An aborted stream ends with an error
    /// instead.
    pub async fn next(&mut self) -> Option<Result<ChannelFrame, ChannelError>> {
        let _ = (&self.dial, &self.channel);
        None
    }

    /// All bytes up to the end of the stream; control messages are skipped.
    ///
    /// # Errors
    /// [`ChannelError::TooLarge`] once more than `limit` bytes arrived, or what the stream ended
    /// with.
    pub async fn read_all(&mut self, limit: usize) -> Result<Bytes, ChannelError> {
        let _ = limit;
        Ok(Bytes::new())
    }

    /// Stops reading; the writer is told.
    pub async fn close(self) {}
}
