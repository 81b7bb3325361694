//! Bytes to events. Holds nothing between frames but a message that is under way.

use super::assembly::{Assembly, Kind};
use super::close;
use super::frame::{Header, Opcode, Role, Violation};
use super::limits::Limits;
use super::mask::apply_mask;
use bytes::buf::Limit;
use bytes::{Buf, Bytes, BytesMut};
use iii_protocol::DecodeError;
use std::sync::Arc;

/// What a peer sent.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    /// A whole text message. That it is UTF-8 is left to whoever reads it, so that it is checked
    /// once.
    Text(Bytes),
    /// A whole binary message.
    Binary(Bytes),
    /// Asks for a pong with the same bytes.
    Ping(Bytes),
    /// Answers a ping.
    Pong,
    /// The peer ends the connection, with a code if it gave one.
    Close(Option<u16>),
    /// A message that was skipped instead of stored, and what could be told of it.
    Refused(DecodeError),
}

/// The reading half of the protocol.
pub struct Decoder {
    role: Role,
    limits: Arc<Limits>,
    open: Option<Box<Assembly>>,
}

impl Decoder {
    /// A decoder for what the peer of a `role` sends.
    #[must_use]
    pub const fn new(role: Role, limits: Arc<Limits>) -> Self {
        Self {
            role,
            limits,
            open: None,
        }
    }

    /// Takes the next event off the front of `input`. `None` means that more bytes are needed; what
    /// is left in `input` then is less than a header or a control frame and must be the start of
    /// the next `input`.
    ///
    /// Whole frames are unmasked in place and cut out of `input` without copying.
    ///
    /// # Errors
    /// The peer broke a rule; the decoder must not be used any further.
    pub fn next(&mut self, input: &mut BytesMut) -> Result<Option<Event>, Violation> {
        loop {
            if let Some(open) = &mut self.open {
                if !open.frame_is_done() {
                    let taken = open.take(input);
                    input.advance(taken);
                    if !open.frame_is_done() {
                        return Ok(None);
                    }
                }
                if open.is_done() {
                    return Ok(self.open.take().map(|open| open.finish(&self.limits)));
                }
            }
            let Some((header, header_bytes)) = Header::parse(input, self.role)? else {
                return Ok(None);
            };
            if header.opcode.is_control() {
                return control(input, &header, header_bytes);
            }
            if let Some(event) = self.data(input, &header, header_bytes)? {
                return Ok(Some(event));
            }
        }
    }

    /// Where the next bytes from the socket may be put straight away: the buffer of a large message
    /// that is under way. Followed by `direct_done`.
    pub(super) fn direct(&mut self) -> Option<Limit<&mut BytesMut>> {
        self.open.as_mut()?.direct()
    }

    /// Accounts for `read` bytes put to where `direct` said. Then call `next`.
    pub(super) fn direct_done(&mut self, read: usize) {
        if let Some(open) = &mut self.open {
            open.direct_done(read);
        }
    }

    /// A data frame: cut out at once if it is a whole message, else begun as an assembly.
    #[inline]
    fn data(
        &mut self,
        input: &mut BytesMut,
        header: &Header,
        header_bytes: usize,
    ) -> Result<Option<Event>, Violation> {
        let kind = match (header.opcode, self.open.is_some()) {
            (Opcode::Continuation, true) => None,
            (Opcode::Text, false) => Some(Kind::Text),
            (Opcode::Binary, false) => Some(Kind::Binary),
            (Opcode::Continuation, false) => {
                return Err(Violation::protocol("a continuation without a beginning"));
            }
            _ => return Err(Violation::protocol("a message begins inside another")),
        };
        input.advance(header_bytes);
        let whole_max = self.limits.message_bytes_max.min(input.len()) as u64;
        if let Some(kind) = kind.filter(|_| header.fin && header.payload_bytes <= whole_max) {
            let payload = cut(input, header);
            return Ok(Some(match kind {
                Kind::Text => Event::Text(payload),
                Kind::Binary => Event::Binary(payload),
            }));
        }
        let limits = &self.limits;
        let open = match (kind, &mut self.open) {
            (None, Some(open)) => open,
            (kind, open) => open.insert(Assembly::new(kind.unwrap_or(Kind::Binary), limits)),
        };
        open.begin_frame(header, limits)?;
        Ok(None)
    }
}

fn control(
    input: &mut BytesMut,
    header: &Header,
    header_bytes: usize,
) -> Result<Option<Event>, Violation> {
    if ((input.len() - header_bytes) as u64) < header.payload_bytes {
        return Ok(None);
    }
    input.advance(header_bytes);
    let payload = cut(input, header);
    Ok(Some(match header.opcode {
        Opcode::Ping => Event::Ping(payload),
        Opcode::Close => Event::Close(close::parse(&payload)?),
        _ => Event::Pong,
    }))
}

/// Cuts a payload that is there as a whole off the front of `input`.
fn cut(input: &mut BytesMut, header: &Header) -> Bytes {
    let mut payload = input.split_to(header.payload_bytes as usize);
    apply_mask(&mut payload, header.mask.unwrap_or_default(), 0);
    payload.freeze()
}
