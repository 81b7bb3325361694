//! Channels: streams of binary and text frames between two workers.

mod end;
pub(crate) mod mint;
mod reader;
mod refs;
mod writer;

pub use reader::ChannelReader;
pub use refs::{ChannelDirection, ChannelRef, ChannelRefs, extract_channel_refs, is_channel_ref};
pub use writer::ChannelWriter;

use iii_transport::DialError;

/// Why a channel cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChannelError {
    /// The channel could not be attached.
    #[error(transparent)]
    Attach(#[from] DialError),
    /// The channel is unknown, or its key is wrong, used or expired.
    #[error("the channel is unknown, or its key is wrong, used or expired")]
    NotFound,
    /// The other end gave up or vanished before the end of the stream: what was read is not
    /// everything, what was written may not have been read.
    #[error("the other end of the channel gave up or vanished before the end of the stream")]
    Aborted,
    /// More data arrived than the reader allowed.
    #[error("the channel carried more than {limit} bytes")]
    TooLarge {
        /// The reader's limit in bytes.
        limit: usize,
    },
    /// This end was finished or aborted before.
    #[error("this end of the channel is closed")]
    Closed,
}

impl ChannelError {
    /// The code of the protocol's catalogue.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Attach(_) => "connection_lost",
            Self::NotFound => "channel_not_found",
            Self::Aborted | Self::Closed => "channel_aborted",
            Self::TooLarge { .. } => "payload_too_large",
        }
    }
}

/// A new channel: both ends, and the references that other workers attach them by. Use one end and
/// hand the other one's reference on.
pub struct Channel {
    /// The writing end.
    pub writer: ChannelWriter,
    /// The reading end.
    pub reader: ChannelReader,
    /// What a payload carries to let another worker write.
    pub writer_ref: ChannelRef,
    /// What a payload carries to let another worker read.
    pub reader_ref: ChannelRef,
}
