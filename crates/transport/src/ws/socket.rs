//! A socket that speaks WebSocket frames: what message connections and channels have in common.

use super::close;
use super::decoder::{Decoder, Event};
use super::frame::{Opcode, Role, Violation};
use super::limits::Limits;
use super::outgoing::Outgoing;
use super::pool;
use super::stream::Stream;
use crate::Closed;
use bytes::{BufMut, BytesMut};
use iii_protocol::EncodeSink;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

/// With more than this queued, pings stay unanswered: their sender reads too slowly to care.
const PONG_QUEUE_BYTES_MAX: usize = 64 * 1024;

/// Whether an event ends a wait of the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delivered {
    Item,
    Nothing,
}

/// Who takes the events of a socket.
pub(super) trait Deliver {
    /// Takes one event: never [`Event::Close`].
    fn event(&mut self, event: Event) -> Result<Delivered, Violation>;
}

pub(super) struct Socket {
    stream: Stream,
    decoder: Decoder,
    outgoing: Outgoing,
    /// Received and not yet decoded.
    rest: Rest,
    /// Our close frame is queued.
    closing: bool,
    /// How reading ended.
    end: Option<Closed>,
    /// Why writing is not possible any more.
    write_error: Option<Closed>,
    /// Nothing more comes from the peer: a close frame or the end of the stream was seen.
    let_go: bool,
}

/// Bytes between two reads.
enum Rest {
    Nothing,
    /// The beginning of a header or control frame, in memory of its own.
    Partial(Box<[u8]>),
    /// Frames that did not fit in the last batch.
    Frames(BytesMut),
}

enum Read {
    /// The socket has nothing more right now.
    Blocked,
    /// Some bytes came and gave this many items.
    Items(usize),
}

impl Socket {
    /// A socket after its handshake; `received` are the bytes that came behind the handshake.
    pub(super) fn new(stream: Stream, role: Role, limits: Arc<Limits>, received: BytesMut) -> Self {
        Self {
            stream,
            decoder: Decoder::new(role, limits),
            outgoing: Outgoing::new(role),
            rest: if received.is_empty() {
                Rest::Nothing
            } else {
                Rest::Frames(received)
            },
            closing: false,
            end: None,
            write_error: None,
            let_go: false,
        }
    }

    /// Delivers what has arrived until there are up to `max` items.
    pub(super) fn poll_events(
        &mut self,
        context: &mut Context<'_>,
        max: usize,
        deliver: &mut impl Deliver,
    ) -> Poll<Result<(), Closed>> {
        let mut alive = false;
        loop {
            if let Some(end) = &self.end {
                return Poll::Ready(Err(end.clone()));
            }
            let items = if let Rest::Frames(mut frames) = self.take_frames() {
                self.decode(&mut frames, max, deliver)
            } else {
                match self.read(context, max, deliver) {
                    Read::Items(items) => items,
                    // Bytes that are no whole item yet still prove that the peer lives.
                    Read::Blocked if alive => match deliver.event(Event::Pong) {
                        Ok(Delivered::Item) => 1,
                        _ => return Poll::Pending,
                    },
                    Read::Blocked => return Poll::Pending,
                }
            };
            if items > 0 {
                return Poll::Ready(Ok(()));
            }
            alive = !self.closing;
        }
    }

    /// Queues a frame. After an end it is a no-op.
    pub(super) fn send(
        &mut self,
        opcode: Opcode,
        fill: impl FnOnce(&mut super::outgoing::FramePayload<'_>),
    ) {
        if !self.closing && self.end.is_none() && self.write_error.is_none() {
            self.outgoing.frame(opcode, fill);
        }
    }

    pub(super) fn queued_bytes(&self) -> usize {
        self.outgoing.queued_bytes()
    }

    /// Writes what the stream takes now; `Ok(true)` when nothing is left.
    pub(super) fn try_flush(&mut self) -> Result<bool, Closed> {
        match &self.end {
            None | Some(Closed::Locally) => self.write(),
            Some(end) => Err(end.clone()),
        }
    }

    pub(super) fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        while !self.try_flush()? {
            if let Err(error) = ready!(self.stream.poll_write_ready(context)) {
                return Poll::Ready(Err(self.write_failed(&error)));
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Queues our close frame.
    pub(super) fn close(&mut self, code: Option<u16>, reason: &str) {
        let payload = close::payload(code, reason);
        self.send(Opcode::Close, |frame| frame.put(&payload));
        self.closing = true;
    }

    /// Ready when the farewell is written and the peer has let go. The write half is shut down and
    /// the read half drained first: closing a socket with unread bytes resets it, and the peer
    /// would lose what it has not read yet.
    pub(super) fn poll_farewell(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            match self.write() {
                Ok(true) => break,
                Ok(false) => {
                    if ready!(self.stream.poll_write_ready(context)).is_err() {
                        return Poll::Ready(());
                    }
                }
                Err(_) => return Poll::Ready(()),
            }
        }
        if ready!(self.stream.poll_shutdown(context)).is_err() {
            return Poll::Ready(());
        }
        while !self.let_go {
            let read = pool::with_chunk(|chunk| self.stream.poll_read(context, chunk));
            self.let_go = !matches!(ready!(read), Ok(1..));
        }
        Poll::Ready(())
    }

    fn take_frames(&mut self) -> Rest {
        match self.rest {
            Rest::Frames(_) => std::mem::replace(&mut self.rest, Rest::Nothing),
            Rest::Nothing | Rest::Partial(_) => Rest::Nothing,
        }
    }

    /// Reads once, into the buffer of a large message under way or into the thread's chunk.
    fn read(&mut self, context: &mut Context<'_>, max: usize, deliver: &mut impl Deliver) -> Read {
        if let Some(mut target) = self.decoder.direct() {
            return match self.stream.poll_read(context, &mut target) {
                Poll::Pending => Read::Blocked,
                Poll::Ready(Ok(read @ 1..)) => {
                    self.decoder.direct_done(read);
                    Read::Items(self.decode(&mut BytesMut::new(), max, deliver))
                }
                Poll::Ready(ended) => self.read_ended(ended.map(drop)),
            };
        }
        pool::with_chunk(|chunk| {
            if let Rest::Partial(partial) = &self.rest {
                chunk.put_slice(partial);
            }
            match self.stream.poll_read(context, chunk) {
                Poll::Pending => Read::Blocked,
                Poll::Ready(Ok(1..)) => {
                    self.rest = Rest::Nothing;
                    Read::Items(self.decode(chunk, max, deliver))
                }
                Poll::Ready(ended) => self.read_ended(ended.map(drop)),
            }
        })
    }

    fn read_ended(&mut self, ended: io::Result<()>) -> Read {
        self.let_go = true;
        self.end = Some(if self.closing {
            Closed::Locally
        } else {
            Closed::Lost(match ended {
                Ok(()) => "the stream ended without a close frame".to_owned(),
                Err(error) => error.to_string(),
            })
        });
        Read::Items(0)
    }

    /// Decodes up to `max` items and puts by what is left of `input`.
    fn decode(&mut self, input: &mut BytesMut, max: usize, deliver: &mut impl Deliver) -> usize {
        let queued = self.outgoing.queued_bytes();
        let mut items = 0;
        while items < max && self.end.is_none() {
            match self.decoder.next(input) {
                Ok(Some(event)) => match self.handle(event, deliver) {
                    Ok(Delivered::Item) => items += 1,
                    Ok(Delivered::Nothing) => {}
                    Err(violation) => self.violated(violation),
                },
                Ok(None) => {
                    if !input.is_empty() {
                        self.rest = Rest::Partial(input.as_ref().into());
                        input.clear();
                    }
                    break;
                }
                Err(violation) => self.violated(violation),
            }
        }
        if self.end.is_none() && !input.is_empty() {
            self.rest = Rest::Frames(input.split());
        }
        if self.outgoing.queued_bytes() > queued {
            // Answers to pings and closes do not wait for the owner's next flush. If the stream
            // takes no more, that flush brings them.
            let _ = self.write();
        }
        items
    }

    #[inline]
    fn handle(&mut self, event: Event, deliver: &mut impl Deliver) -> Result<Delivered, Violation> {
        match &event {
            Event::Close(code) => {
                self.peer_closed(*code);
                return Ok(Delivered::Nothing);
            }
            Event::Ping(payload) if self.outgoing.queued_bytes() < PONG_QUEUE_BYTES_MAX => {
                self.send(Opcode::Pong, |frame| frame.put(payload));
            }
            _ => {}
        }
        if self.closing {
            Ok(Delivered::Nothing)
        } else {
            deliver.event(event)
        }
    }

    fn peer_closed(&mut self, code: Option<u16>) {
        self.let_go = true;
        if self.closing {
            self.end = Some(Closed::Locally);
        } else {
            self.close(code, "");
            self.end = Some(Closed::ByPeer { code });
        }
    }

    fn violated(&mut self, violation: Violation) {
        let Violation { code, reason } = violation;
        self.close(Some(code), reason);
        self.end = Some(Closed::Violation { code, reason });
    }

    fn write(&mut self) -> Result<bool, Closed> {
        if let Some(error) = &self.write_error {
            return Err(error.clone());
        }
        match self.outgoing.write_to(&mut self.stream) {
            Ok(all) => Ok(all),
            Err(error) => Err(self.write_failed(&error)),
        }
    }

    fn write_failed(&mut self, error: &io::Error) -> Closed {
        self.outgoing.discard();
        let closed = Closed::Lost(error.to_string());
        self.write_error = Some(closed.clone());
        closed
    }
}
