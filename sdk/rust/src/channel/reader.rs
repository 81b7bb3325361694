//! The reading end of a channel.

use super::end::End;
use super::{ChannelError, ChannelRef};
use bytes::{Bytes, BytesMut};
use iii_transport::{ChannelFrame, Dial, Direction, close_code};
use std::sync::Arc;

/// Reads a channel. Attaches at the first read; dropping it before the end tells the writer.
///
/// ```no_run
/// # use iii_kit::{ChannelError, ChannelFrame, ChannelRef, Client};
/// # async fn example(client: Client, channel: ChannelRef) -> Result<(), ChannelError> {
/// let mut reader = client.open_reader(&channel);
/// let mut bytes = 0;
/// while let Some(frame) = reader.next().await {
///     // An aborted stream is an error, not an end.
///     if let ChannelFrame::Binary(data) = frame? {
///         bytes += data.len();
///     }
/// }
/// # Ok(())
/// # }
/// ```
pub struct ChannelReader {
    end: End,
}

impl ChannelReader {
    pub(crate) fn new(dial: Arc<dyn Dial>, channel: ChannelRef) -> Self {
        Self {
            end: End::new(dial, channel, Direction::Read),
        }
    }

    /// The next frame; `None` at the end of the stream. An aborted stream ends with an error
    /// instead.
    pub async fn next(&mut self) -> Option<Result<ChannelFrame, ChannelError>> {
        self.end.receive().await
    }

    /// The next bytes; `None` at the end of the stream. Control messages are skipped.
    pub async fn next_binary(&mut self) -> Option<Result<Bytes, ChannelError>> {
        loop {
            match self.next().await? {
                Ok(ChannelFrame::Binary(bytes)) => return Some(Ok(bytes)),
                Ok(ChannelFrame::Text(_)) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// All bytes up to the end of the stream; control messages are skipped.
    ///
    /// # Errors
    /// [`ChannelError::TooLarge`] once more than `limit` bytes arrived, or what the stream ended
    /// with.
    pub async fn read_all(&mut self, limit: usize) -> Result<Bytes, ChannelError> {
        let mut all = BytesMut::new();
        while let Some(bytes) = self.next_binary().await {
            let bytes = bytes?;
            if all.len() + bytes.len() > limit {
                self.end.close(close_code::READER_GONE);
                return Err(ChannelError::TooLarge { limit });
            }
            all.extend_from_slice(&bytes);
        }
        Ok(all.freeze())
    }

    /// Stops reading; the writer is told.
    pub async fn close(mut self) {
        self.end.close(close_code::READER_GONE);
        // The writer may be gone already, which is fine.
        let _ = self.end.finish().await;
    }
}

impl Drop for ChannelReader {
    fn drop(&mut self) {
        self.end.close(close_code::READER_GONE);
    }
}
