//! The writing end of a channel.

use super::end::End;
use super::{ChannelError, ChannelRef};
use bytes::Bytes;
use iii_transport::{ChannelFrame, Dial, Direction, close_code};
use std::sync::Arc;

/// Largest frame written; larger data is cut into several.
const FRAME_BYTES_MAX: usize = 64 * 1024;

/// Writes a channel. Attaches at the first write. Dropping it without [`ChannelWriter::finish`] is
/// an abort: the reader learns that the stream is incomplete.
///
/// ```no_run
/// # use iii_kit::{Bytes, ChannelError, ChannelRef, Client};
/// # async fn example(client: Client, channel: ChannelRef) -> Result<(), ChannelError> {
/// let mut writer = client.open_writer(&channel);
/// writer.write(Bytes::from_static(b"id,name\n")).await?;
/// writer.finish().await?;
/// # Ok(())
/// # }
/// ```
pub struct ChannelWriter {
    end: End,
}

impl ChannelWriter {
    pub(crate) fn new(dial: Arc<dyn Dial>, channel: ChannelRef) -> Self {
        Self {
            end: End::new(dial, channel, Direction::Write),
        }
    }

    /// Writes bytes, in frames of at most 64 KiB. Waits while the reader is slow.
    ///
    /// # Errors
    /// The channel cannot be attached, or its reader is gone.
    pub async fn write(&mut self, mut data: Bytes) -> Result<(), ChannelError> {
        while !data.is_empty() {
            let frame = data.split_to(data.len().min(FRAME_BYTES_MAX));
            self.end.send(ChannelFrame::Binary(frame)).await?;
        }
        Ok(())
    }

    /// Writes a control message, in order with the bytes.
    ///
    /// # Errors
    /// The channel cannot be attached, or its reader is gone.
    pub async fn send_message(&mut self, text: impl Into<String>) -> Result<(), ChannelError> {
        let text = Bytes::from(text.into());
        self.end.send(ChannelFrame::Text(text)).await
    }

    /// Ends the stream in order. A channel nothing was written to is attached for it, so that its
    /// reader sees an empty stream.
    ///
    /// # Errors
    /// The channel cannot be attached, or its reader is gone.
    pub async fn finish(mut self) -> Result<(), ChannelError> {
        self.end.attach().await?;
        self.end.close(close_code::FINISHED);
        self.end.finish().await
    }

    /// Gives the stream up: the reader learns that it is incomplete.
    pub async fn abort(mut self) {
        if self.end.attach().await.is_ok() {
            self.end.close(close_code::ABORTED);
            // The reader may be gone already, which is fine.
            let _ = self.end.finish().await;
        }
    }
}

impl Drop for ChannelWriter {
    fn drop(&mut self) {
        self.end.close(close_code::ABORTED);
    }
}
