//! One data message whose end has not arrived yet.

use super::decoder::Event;
use super::frame::{Header, Violation};
use super::limits::{Limits, Reservation};
use super::mask::apply_mask;
use super::skim::Skimmer;
use bytes::buf::Limit;
use bytes::{BufMut, BytesMut};
use iii_protocol::{DecodeError, DecodeErrorKind};

/// A buffer grows by at least this much, unless its frame needs less.
const GROWTH_BYTES_MIN: usize = 64 * 1024;

/// With this much of a frame to come, the socket is read straight into the message's buffer.
const DIRECT_BYTES_MIN: u64 = 32 * 1024;

/// Whether a message is text or binary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Binary,
}

/// A message under way: its bytes so far, or what the skimmer saw of them.
pub(super) struct Assembly {
    kind: Kind,
    body: Body,
    /// Bytes of the message that have come so far.
    bytes: u64,
    /// Bytes of the current frame that are still to come.
    frame_left: u64,
    frame_fin: bool,
    mask: [u8; 4],
    mask_phase: usize,
}

enum Body {
    Kept {
        buffer: BytesMut,
        reservation: Reservation,
    },
    Skipped {
        skimmer: Skimmer,
        reason: SkipReason,
    },
}

#[derive(Clone, Copy)]
enum SkipReason {
    TooLarge,
    Overloaded,
}

impl Assembly {
    pub(super) fn new(kind: Kind, limits: &Limits) -> Box<Self> {
        Box::new(Self {
            kind,
            body: Body::Kept {
                buffer: BytesMut::new(),
                reservation: Reservation::new(limits),
            },
            bytes: 0,
            frame_left: 0,
            frame_fin: false,
            mask: [0; 4],
            mask_phase: 0,
        })
    }

    /// Begins the message's next frame. Here a message is found to be too large, before any of the
    /// frame is stored.
    pub(super) fn begin_frame(
        &mut self,
        header: &Header,
        limits: &Limits,
    ) -> Result<(), Violation> {
        let total = self.bytes.saturating_add(header.payload_bytes);
        if total > limits.message_bytes_max as u64 {
            if total > limits.skip_bytes_max as u64 {
                return Err(Violation::too_large("a message is too large to skip"));
            }
            self.skip(SkipReason::TooLarge);
        }
        self.frame_left = header.payload_bytes;
        self.frame_fin = header.fin;
        self.mask = header.mask.unwrap_or_default();
        self.mask_phase = 0;
        Ok(())
    }

    /// Whether the current frame is complete.
    pub(super) fn frame_is_done(&self) -> bool {
        self.frame_left == 0
    }

    /// Whether the whole message is complete.
    pub(super) fn is_done(&self) -> bool {
        self.frame_left == 0 && self.frame_fin
    }

    /// Takes what `input` has of the current frame.
    pub(super) fn take(&mut self, input: &mut [u8]) -> usize {
        let taken =
            usize::try_from(self.frame_left).map_or(input.len(), |left| left.min(input.len()));
        let bytes = &mut input[..taken];
        apply_mask(bytes, self.mask, self.mask_phase);
        self.make_room(taken);
        match &mut self.body {
            Body::Kept { buffer, .. } => buffer.extend_from_slice(bytes),
            Body::Skipped { skimmer, .. } => skimmer.feed(bytes),
        }
        self.advance(taken);
        taken
    }

    /// Where to read a large frame's bytes to without a detour.
    pub(super) fn direct(&mut self) -> Option<Limit<&mut BytesMut>> {
        if self.frame_left < DIRECT_BYTES_MIN {
            return None;
        }
        self.make_room(1);
        match &mut self.body {
            Body::Kept { buffer, .. } => {
                let room = buffer.capacity() - buffer.len();
                let left = usize::try_from(self.frame_left).unwrap_or(usize::MAX);
                Some(buffer.limit(room.min(left)))
            }
            Body::Skipped { .. } => None,
        }
    }

    /// Accounts for `read` bytes that were put to where `direct` said.
    pub(super) fn direct_done(&mut self, read: usize) {
        if let Body::Kept { buffer, .. } = &mut self.body {
            let start = buffer.len() - read;
            apply_mask(&mut buffer[start..], self.mask, self.mask_phase);
        }
        self.advance(read);
    }

    /// The complete message.
    pub(super) fn finish(self, limits: &Limits) -> Event {
        match self.body {
            Body::Kept { buffer, .. } => match self.kind {
                Kind::Text => Event::Text(buffer.freeze()),
                Kind::Binary => Event::Binary(buffer.freeze()),
            },
            Body::Skipped { skimmer, reason } => {
                let found = skimmer.finish();
                Event::Refused(DecodeError {
                    kind: match reason {
                        SkipReason::TooLarge => DecodeErrorKind::TooLarge {
                            size: self.bytes,
                            limit: limits.message_bytes_max as u64,
                        },
                        SkipReason::Overloaded => DecodeErrorKind::Overloaded,
                    },
                    message_type: found.message_type,
                    invocation_id: found.invocation_id,
                    registration_id: found.registration_id,
                })
            }
        }
    }

    fn advance(&mut self, bytes: usize) {
        self.frame_left -= bytes as u64;
        self.bytes += bytes as u64;
        self.mask_phase = (self.mask_phase + bytes) & 3;
    }

    /// Makes room for at least `least` bytes, or gives the message up when the budget is used up.
    /// The buffer doubles towards the frame's size, so that a length which is only announced costs
    /// nothing.
    fn make_room(&mut self, least: usize) {
        let Body::Kept {
            buffer,
            reservation,
        } = &mut self.body
        else {
            return;
        };
        if buffer.capacity() - buffer.len() >= least {
            return;
        }
        let left = usize::try_from(self.frame_left).unwrap_or(usize::MAX);
        let wanted = buffer.len().max(GROWTH_BYTES_MIN).max(least).min(left);
        if reservation.grow_to((buffer.len() + wanted) as u64) {
            buffer.reserve(wanted);
        } else {
            self.skip(SkipReason::Overloaded);
        }
    }

    fn skip(&mut self, reason: SkipReason) {
        if let Body::Kept { buffer, .. } = &self.body {
            let mut skimmer = Skimmer::default();
            skimmer.feed(buffer);
            self.body = Body::Skipped { skimmer, reason };
        }
    }
}
