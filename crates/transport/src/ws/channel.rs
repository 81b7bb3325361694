//! A channel end over WebSocket.

use super::decoder::Event;
use super::frame::{Opcode, Role, Violation};
use super::limits::Limits;
use super::socket::{Deliver, Delivered, Socket};
use super::stream::Stream;
use crate::{ChannelEnd, ChannelFrame, Closed};
use bytes::BytesMut;
use iii_protocol::EncodeSink;
use std::sync::Arc;
use std::task::{Context, Poll};

/// A [`ChannelEnd`] over WebSocket. Made by [`super::Upgrade::accept_channel`] or
/// [`super::WsDialer`].
pub struct WsChannel {
    socket: Socket,
}

impl WsChannel {
    pub(super) fn new(stream: Stream, role: Role, limits: Arc<Limits>, received: BytesMut) -> Self {
        Self {
            socket: Socket::new(stream, role, limits, received),
        }
    }
}

impl ChannelEnd for WsChannel {
    fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<Result<ChannelFrame, Closed>> {
        let mut one = One { frame: None };
        loop {
            match self.socket.poll_events(context, 1, &mut one) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Err(closed)) => return Poll::Ready(Err(closed)),
                Poll::Ready(Ok(())) => {}
            }
            if let Some(frame) = one.frame.take() {
                return Poll::Ready(Ok(frame));
            }
        }
    }

    fn send(&mut self, frame: ChannelFrame) {
        let (opcode, bytes) = match frame {
            ChannelFrame::Binary(bytes) => (Opcode::Binary, bytes),
            ChannelFrame::Text(bytes) => (Opcode::Text, bytes),
        };
        self.socket
            .send(opcode, |payload| payload.put_payload(&bytes));
    }

    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        self.socket.poll_flush(context)
    }

    fn queued_bytes(&self) -> usize {
        self.socket.queued_bytes()
    }

    fn close(&mut self, code: u16) {
        self.socket.close(Some(code), "");
    }

    fn poll_farewell(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.socket.poll_farewell(context)
    }
}

/// Takes one frame of a channel.
struct One {
    frame: Option<ChannelFrame>,
}

impl Deliver for One {
    fn event(&mut self, event: Event) -> Result<Delivered, Violation> {
        self.frame = Some(match event {
            Event::Text(text) if simdutf8::basic::from_utf8(&text).is_err() => {
                return Err(Violation::not_utf8("a text frame is not UTF-8"));
            }
            Event::Text(text) => ChannelFrame::Text(text),
            Event::Binary(bytes) => ChannelFrame::Binary(bytes),
            Event::Refused(_) => return Err(Violation::too_large("a frame is too large")),
            Event::Ping(_) | Event::Pong | Event::Close(_) => return Ok(Delivered::Nothing),
        });
        Ok(Delivered::Item)
    }
}
