//! One end of a channel: a stream of binary or text frames beside the message connections.

use crate::Closed;
use bytes::Bytes;
use std::task::{Context, Poll};

/// One frame of a channel. Boundaries of binary frames mean nothing; texts are control messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChannelFrame {
    /// Bytes of the stream.
    Binary(Bytes),
    /// A control message, UTF-8, in order with the bytes.
    Text(Bytes),
}

/// How a channel ends, as a WebSocket close code.
pub mod close_code {
    /// The writer finished: end of stream.
    pub const FINISHED: u16 = 1000;
    /// The writer gave up or vanished: what was read is not everything.
    pub const ABORTED: u16 = 4001;
    /// The reader gave up or vanished: nothing more will be read.
    pub const READER_GONE: u16 = 4002;
    /// The channel is unknown, its key is wrong, used or expired, or it was swept.
    pub const EXPIRED: u16 = 4003;
}

/// One attached end of a channel. The contract is that of [`crate::Connection`]: non-blocking,
/// single owner, and `send` only queues. A writer end's peer may only close; a reader end's `send`
/// goes nowhere.
pub trait ChannelEnd: Send {
    /// Receives the next frame. `Err(Closed::ByPeer { code })` tells how the stream ended: no code
    /// or 1000 is end of stream, everything else an abort.
    fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<Result<ChannelFrame, Closed>>;

    /// Queues one frame.
    fn send(&mut self, frame: ChannelFrame);

    /// Moves queued frames to the carrier; `Ready(Ok)` when none are left.
    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Closed>>;

    /// Bytes queued and not yet taken by the carrier.
    fn queued_bytes(&self) -> usize;

    /// Begins the end of this side with a code of [`close_code`].
    fn close(&mut self, code: u16);

    /// As [`crate::Connection::poll_farewell`].
    fn poll_farewell(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.poll_flush(context).map(drop)
    }
}
