//! The port between protocol messages and whatever carries them.

use bytes::Bytes;
use iii_protocol::{DecodeError, Message};
use std::future::poll_fn;
use std::task::{Context, Poll};

/// What a connection delivers.
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every item is a message; a box would be an allocation per message"
)]
#[derive(Debug)]
pub enum Inbound {
    /// A well-formed message.
    Message(Message),
    /// A telemetry frame: four prefix bytes (`OTLP`, `MTRC`, `LOGS`) cut off, the rest unread.
    Telemetry {
        /// The four ASCII bytes.
        prefix: [u8; 4],
        /// OTLP as JSON text.
        body: Bytes,
    },
    /// A frame that is no valid message; the connection goes on.
    Malformed(DecodeError),
    /// Something arrived that carries no message (a WebSocket ping or pong). It proves life.
    Alive,
}

/// Why a connection ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// The peer closed it in order, with its close code if it gave one.
    #[error("closed by the peer")]
    ByPeer {
        /// WebSocket close code.
        code: Option<u16>,
    },
    /// This side closed it.
    #[error("closed by this side")]
    Locally,
    /// The connection broke.
    #[error("connection lost: {0}")]
    Lost(String),
    /// The peer broke the framing rules; the close code says how.
    #[error("protocol violation: {reason}")]
    Violation {
        /// WebSocket close code sent to the peer.
        code: u16,
        /// For the log.
        reason: &'static str,
    },
}

/// One end of an established connection that carries protocol messages, in order, both ways.
///
/// # Contract
/// * Every method is non-blocking; a connection is driven by its single owner.
/// * `poll_receive` appends at least one item when ready, and at most `max`.
/// * `send` queues in order and never fails by itself; after an end it is a no-op. The owner
///   bounds the queue by looking at `queued_bytes`.
/// * `poll_flush` hands queued bytes to the carrier; `Ready(Ok)` means that none are left.
///   Between `send` and `poll_flush` messages coalesce.
/// * `try_flush` is `poll_flush` without a waker: it moves what it can right now and says whether
///   anything is left, in which case the owner must come back with `poll_flush`.
/// * After `close`, `poll_flush` completes once what was queued and the farewell are written.
///   `poll_receive` delivers nothing more and ends with [`Closed::Locally`].
/// * After the first `Err` of `poll_receive`, every further `poll_*` returns `Err`. An `Err` of
///   `poll_flush` leaves readable what has already arrived.
/// * Dropping a connection ends it at once; what was not flushed is lost.
pub trait Connection: Send {
    /// Receives what is there.
    fn poll_receive(
        &mut self,
        context: &mut Context<'_>,
        inbound: &mut Vec<Inbound>,
        max: usize,
    ) -> Poll<Result<(), Closed>>;

    /// Queues one message.
    fn send(&mut self, message: &Message);

    /// Queues a liveness probe that the peer's transport answers by itself.
    fn ping(&mut self);

    /// Moves queued bytes to the carrier.
    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Closed>>;

    /// Moves what can be moved at once; `Ok(true)` when nothing is left.
    ///
    /// # Errors
    /// The connection has ended.
    fn try_flush(&mut self) -> Result<bool, Closed>;

    /// Bytes queued and not yet taken by the carrier.
    fn queued_bytes(&self) -> usize;

    /// Begins an orderly end with a WebSocket close code (1000 is normal).
    fn close(&mut self, code: u16, reason: &str);

    /// Sees the end through, after `close` or an error: `Ready` when the farewell is written and
    /// the peer has let go. A carrier may lose the farewell when the connection is dropped earlier,
    /// so owners that want the peer to read the close code await this, with a time limit.
    fn poll_farewell(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.poll_flush(context).map(drop)
    }
}

/// Awaits the next items of a connection.
///
/// # Errors
/// The connection has ended.
pub async fn receive(
    connection: &mut dyn Connection,
    inbound: &mut Vec<Inbound>,
    max: usize,
) -> Result<(), Closed> {
    poll_fn(|context| connection.poll_receive(context, inbound, max)).await
}

/// Awaits until nothing is queued any more.
///
/// # Errors
/// The connection has ended.
pub async fn flush(connection: &mut dyn Connection) -> Result<(), Closed> {
    poll_fn(|context| connection.poll_flush(context)).await
}

/// Awaits until the end of a connection has reached the peer. Give it a time limit.
pub async fn farewell(connection: &mut dyn Connection) {
    poll_fn(|context| connection.poll_farewell(context)).await;
}
