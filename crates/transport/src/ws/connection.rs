//! A message connection over WebSocket.

use super::decoder::Event;
use super::frame::{Opcode, Role, Violation};
use super::limits::Limits;
use super::socket::{Deliver, Delivered, Socket};
use super::stream::Stream;
use crate::{Closed, Connection, Inbound};
use bytes::{Bytes, BytesMut};
use iii_protocol::{DecodeErrorKind, Message, decode, encode};
use std::sync::Arc;
use std::task::{Context, Poll};

/// Prefixes of binary frames that carry telemetry.
const TELEMETRY_PREFIXES: [[u8; 4]; 3] = [*b"OTLP", *b"MTRC", *b"LOGS"];

/// A [`Connection`] over WebSocket: JSON text frames, telemetry in binary frames. Made by
/// [`super::Upgrade::accept`] or [`super::WsDialer`].
pub struct WsConnection {
    socket: Socket,
}

impl WsConnection {
    pub(super) fn new(stream: Stream, role: Role, limits: Arc<Limits>, received: BytesMut) -> Self {
        Self {
            socket: Socket::new(stream, role, limits, received),
        }
    }
}

impl Connection for WsConnection {
    fn poll_receive(
        &mut self,
        context: &mut Context<'_>,
        inbound: &mut Vec<Inbound>,
        max: usize,
    ) -> Poll<Result<(), Closed>> {
        self.socket
            .poll_events(context, max.max(1), &mut Messages { inbound })
    }

    fn send(&mut self, message: &Message) {
        self.socket
            .send(Opcode::Text, |payload| encode(message, payload));
    }

    fn ping(&mut self) {
        self.socket.send(Opcode::Ping, |_| {});
    }

    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        self.socket.poll_flush(context)
    }

    fn try_flush(&mut self) -> Result<bool, Closed> {
        self.socket.try_flush()
    }

    fn queued_bytes(&self) -> usize {
        self.socket.queued_bytes()
    }

    fn close(&mut self, code: u16, reason: &str) {
        self.socket.close(Some(code), reason);
    }

    fn poll_farewell(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.socket.poll_farewell(context)
    }
}

/// Turns events into items of a connection.
struct Messages<'a> {
    inbound: &'a mut Vec<Inbound>,
}

impl Deliver for Messages<'_> {
    #[inline]
    fn event(&mut self, event: Event) -> Result<Delivered, Violation> {
        let item = match event {
            Event::Text(text) if text.is_empty() => return Ok(Delivered::Nothing),
            Event::Text(text) => match decode(text) {
                Ok(message) => Inbound::Message(message),
                Err(error) if error.kind == DecodeErrorKind::NotUtf8 => {
                    return Err(Violation::not_utf8("a text message is not UTF-8"));
                }
                Err(error) => Inbound::Malformed(error),
            },
            Event::Binary(bytes) => binary(bytes),
            Event::Refused(error) => Inbound::Malformed(error),
            Event::Ping(_) | Event::Pong => Inbound::Alive,
            Event::Close(_) => return Ok(Delivered::Nothing),
        };
        self.inbound.push(item);
        Ok(Delivered::Item)
    }
}

/// A binary frame is telemetry if it says so, else a message like a text.
fn binary(mut bytes: Bytes) -> Inbound {
    match bytes.first_chunk::<4>() {
        Some(prefix) if TELEMETRY_PREFIXES.contains(prefix) => Inbound::Telemetry {
            prefix: *prefix,
            body: bytes.split_off(4),
        },
        _ => match decode(bytes) {
            Ok(message) => Inbound::Message(message),
            Err(error) => Inbound::Malformed(error),
        },
    }
}
