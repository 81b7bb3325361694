//! What is to be written: frames encoded back to back, large payloads by reference.

use super::frame::{HEADER_BYTES_MAX, Header, Opcode, Role};
use super::mask::{apply_mask, random_key};
use super::pool;
use super::stream::Stream;
use bytes::Bytes;
use iii_protocol::EncodeSink;
use std::collections::VecDeque;
use std::io::{self, IoSlice};

/// A server keeps payloads of at least this size by reference instead of copying them.
const SHARED_BYTES_MIN: usize = 8 * 1024;

/// With more than this queued the peer reads slowly, and payloads are copied all the same: a shared
/// one would hold the whole read chunk that it was cut from for as long as the peer likes.
const SHARED_QUEUE_BYTES_MAX: usize = 512 * 1024;

/// Payloads of at least this size have memory of their own and hold nobody else's.
const OWN_BYTES_MIN: usize = 256 * 1024;

/// A buffer that has grown to this size is closed, so that memory is given back as it is written.
const SEGMENT_BYTES: usize = 64 * 1024;

/// Most pieces handed to the system in one write.
const SLICES_MAX: usize = 32;

/// Length reserved for a header whose payload length is not known yet, without the mask key: that
/// of a payload of 126 to 65,535 bytes, the most frequent.
const GUESSED_BYTES: usize = 4;

/// The writing half of the protocol: a queue of encoded bytes that holds no memory when empty.
pub(super) struct Outgoing {
    role: Role,
    /// Closed segments, written before `tail`.
    segments: VecDeque<Segment>,
    tail: Vec<u8>,
    /// Bytes of the first segment, or of `tail` if there is none, that are written already.
    written: usize,
    queued_bytes: usize,
}

enum Segment {
    Owned(Vec<u8>),
    Shared(Bytes),
}

impl Segment {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Owned(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }
}

impl Outgoing {
    pub(super) const fn new(role: Role) -> Self {
        Self {
            role,
            segments: VecDeque::new(),
            tail: Vec::new(),
            written: 0,
            queued_bytes: 0,
        }
    }

    pub(super) const fn queued_bytes(&self) -> usize {
        self.queued_bytes
    }

    /// Queues one unfragmented frame whose payload `fill` writes.
    pub(super) fn frame(&mut self, opcode: Opcode, fill: impl FnOnce(&mut FramePayload<'_>)) {
        if self.tail.len() >= SEGMENT_BYTES {
            self.close_segment();
        }
        if self.tail.capacity() == 0 {
            self.tail = pool::take();
        }
        let mask = match self.role {
            Role::Server => None,
            Role::Client => Some(random_key()),
        };
        let reserved = GUESSED_BYTES + mask.map_or(0, |key| key.len());
        let start = self.tail.len();
        let segment = self.segments.len();
        self.tail
            .extend_from_slice(&[0; HEADER_BYTES_MAX][..reserved]);
        fill(&mut FramePayload { outgoing: self });
        let new_segments = self.segments.range(segment..);
        let closed_bytes: usize = new_segments.map(|segment| segment.bytes().len()).sum();
        let payload_bytes = closed_bytes + self.tail.len() - start - reserved;
        let header = Header {
            fin: true,
            opcode,
            mask,
            payload_bytes: payload_bytes as u64,
        };
        let buffer = match self.segments.get_mut(segment) {
            Some(Segment::Owned(buffer)) => buffer,
            _ => &mut self.tail,
        };
        let header_bytes = place_header(buffer, start, reserved, &header);
        if let Some(key) = mask {
            // A client shares nothing, so the whole payload stands in this buffer.
            apply_mask(&mut buffer[start + header_bytes..], key, 0);
        }
        self.queued_bytes += header_bytes + payload_bytes;
    }

    /// Forgets everything, when it cannot be written any more.
    pub(super) fn discard(&mut self) {
        *self = Self::new(self.role);
    }

    /// Writes what the stream takes now; `Ok(true)` when nothing is left.
    pub(super) fn write_to(&mut self, stream: &mut Stream) -> io::Result<bool> {
        while self.queued_bytes > 0 {
            let written = if self.segments.is_empty() {
                stream.try_write(&self.tail[self.written..])
            } else {
                let mut slices = [IoSlice::new(&[]); SLICES_MAX];
                let count = self.slices(&mut slices);
                stream.try_write_vectored(&slices[..count])
            };
            match written {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => self.advance(written),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        stream.try_flush()
    }

    fn close_segment(&mut self) {
        let full = std::mem::take(&mut self.tail);
        self.segments.push_back(Segment::Owned(full));
    }

    fn slices<'a>(&'a self, slices: &mut [IoSlice<'a>; SLICES_MAX]) -> usize {
        let mut count = 0;
        let mut skip = self.written;
        let tail = std::iter::once(self.tail.as_slice());
        for bytes in self.segments.iter().map(Segment::bytes).chain(tail) {
            if count == SLICES_MAX {
                break;
            }
            slices[count] = IoSlice::new(&bytes[skip..]);
            skip = 0;
            count += 1;
        }
        count
    }

    fn advance(&mut self, bytes: usize) {
        self.queued_bytes -= bytes;
        self.written += bytes;
        while let Some(first) = self.segments.front() {
            let length = first.bytes().len();
            if self.written < length {
                return;
            }
            self.written -= length;
            if let Some(Segment::Owned(buffer)) = self.segments.pop_front() {
                pool::give_back(buffer);
            }
        }
        if self.queued_bytes == 0 {
            self.segments = VecDeque::new();
            pool::give_back(std::mem::take(&mut self.tail));
            self.written = 0;
        }
    }
}

/// Puts a header where `reserved` bytes were kept for one, moving the payload behind it when the
/// guess was wrong. Gives the header's length.
fn place_header(buffer: &mut Vec<u8>, start: usize, reserved: usize, header: &Header) -> usize {
    let mut bytes = [0; HEADER_BYTES_MAX];
    let header_bytes = header.write(&mut bytes);
    let payload = start + reserved..buffer.len();
    if header_bytes < reserved {
        let end = payload.len() + start + header_bytes;
        buffer.copy_within(payload, start + header_bytes);
        buffer.truncate(end);
    } else if header_bytes > reserved {
        buffer.resize(buffer.len() + header_bytes - reserved, 0);
        buffer.copy_within(payload, start + header_bytes);
    }
    buffer[start..start + header_bytes].copy_from_slice(&bytes[..header_bytes]);
    header_bytes
}

/// Where the payload of the frame under way goes.
pub(super) struct FramePayload<'a> {
    outgoing: &'a mut Outgoing,
}

impl EncodeSink for FramePayload<'_> {
    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        self.outgoing.tail.extend_from_slice(bytes);
    }

    fn put_payload(&mut self, payload: &Bytes) {
        let slow_peer =
            self.outgoing.queued_bytes > SHARED_QUEUE_BYTES_MAX && payload.len() < OWN_BYTES_MIN;
        if self.outgoing.role == Role::Client || payload.len() < SHARED_BYTES_MIN || slow_peer {
            self.put(payload);
            return;
        }
        self.outgoing.close_segment();
        self.outgoing.tail = pool::take();
        self.outgoing
            .segments
            .push_back(Segment::Shared(payload.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ws::mask::apply_mask;

    /// Takes everything out as a stream would that accepts `step` bytes at a time.
    fn drain(outgoing: &mut Outgoing, step: usize) -> Vec<u8> {
        let mut all = Vec::new();
        while outgoing.queued_bytes() > 0 {
            let mut slices = [IoSlice::new(&[]); SLICES_MAX];
            let count = outgoing.slices(&mut slices);
            let mut taken = 0;
            for slice in &slices[..count] {
                let part = slice.len().min(step - taken);
                all.extend_from_slice(&slice[..part]);
                taken += part;
            }
            assert!(taken > 0, "bytes are queued and none are offered");
            outgoing.advance(taken);
        }
        all
    }

    fn decode(mut bytes: &[u8], peer: Role) -> Vec<Vec<u8>> {
        let mut payloads = Vec::new();
        while let Some((header, start)) = Header::parse(bytes, peer).unwrap() {
            assert_eq!(header.encoded_bytes(), start, "the length is minimal");
            let end = start + header.payload_bytes as usize;
            let mut payload = bytes[start..end].to_vec();
            apply_mask(&mut payload, header.mask.unwrap_or_default(), 0);
            payloads.push(payload);
            bytes = &bytes[end..];
        }
        assert!(bytes.is_empty());
        payloads
    }

    #[test]
    fn frames_of_every_size_come_out_as_they_went_in() {
        let sizes = [0, 1, 125, 126, 8_191, 8_192, 65_535, 65_536, 200_000];
        for (role, peer) in [(Role::Server, Role::Client), (Role::Client, Role::Server)] {
            for step in [usize::MAX, 70_001, 977] {
                let mut outgoing = Outgoing::new(role);
                let mut expected = Vec::new();
                for first in sizes {
                    for second in [0, 40, 40_000] {
                        let parts = [vec![1; first], vec![2; second], vec![3; 10]];
                        outgoing.frame(Opcode::Text, |payload| {
                            payload.put_payload(&Bytes::from(parts[0].clone()));
                            payload.put(b"");
                            payload.put_payload(&Bytes::from(parts[1].clone()));
                            payload.put(&parts[2]);
                        });
                        expected.push(parts.concat());
                    }
                }
                let queued = outgoing.queued_bytes();
                let bytes = drain(&mut outgoing, step);
                assert_eq!(bytes.len(), queued);
                assert!(decode(&bytes, peer) == expected, "{role:?}, step {step}");
            }
        }
    }

    #[test]
    fn an_empty_queue_holds_no_memory() {
        let mut outgoing = Outgoing::new(Role::Server);
        for _ in 0..100 {
            outgoing.frame(Opcode::Binary, |payload| {
                payload.put_payload(&Bytes::from(vec![0; 40_000]));
            });
        }
        drain(&mut outgoing, 5_000);
        assert_eq!(outgoing.tail.capacity(), 0);
        assert_eq!(outgoing.segments.capacity(), 0);
    }

    #[test]
    fn written_segments_are_given_back_while_more_is_queued() {
        let mut outgoing = Outgoing::new(Role::Server);
        for _ in 0..1_000 {
            outgoing.frame(Opcode::Binary, |payload| payload.put(&[0; 1_000]));
            if outgoing.queued_bytes() > 300_000 {
                outgoing.advance(1_000);
            }
            let held: usize = outgoing
                .segments
                .iter()
                .map(|held| held.bytes().len())
                .sum();
            assert!(held + outgoing.tail.len() < 500_000, "{held} bytes held");
        }
    }
}
