//! A record: the changes of one group of writes, with what tells it from everything else that may
//! lie at its place.

use super::blocks::round_up;
use super::seal::{SEAL_BYTES, is_sound, number_at, seal};

const SEGMENT_AT: usize = SEAL_BYTES;
const SEQUENCE_AT: usize = SEGMENT_AT + 8;
const FLUSHED_AT: usize = SEQUENCE_AT + 8;
const LENGTH_AT: usize = FLUSHED_AT + 8;
/// Bytes before the changes.
pub(super) const HEAD_BYTES: usize = LENGTH_AT + 8;

/// What is known of a record before its changes are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// The number of the segment it was written to. No two records have the same segment and
    /// sequence number: what an earlier use of the file has left is never taken for a record.
    pub(super) segment: u64,
    /// Its sequence number.
    pub(super) sequence: u64,
    /// Everything up to this one was on the disk when it was written.
    pub(super) flushed: u64,
    /// Bytes of head and changes.
    pub(super) length: u64,
}

/// Begins a record: leaves room for its head.
pub(super) fn begin(buffer: &mut Vec<u8>) {
    buffer.clear();
    buffer.resize(HEAD_BYTES, 0);
}

/// Ends a record: writes its head, seals it, and fills its last block.
pub(super) fn finish(buffer: &mut Vec<u8>, segment: u64, sequence: u64, flushed: u64) {
    let length = buffer.len();
    for (place, number) in [
        (SEGMENT_AT, segment),
        (SEQUENCE_AT, sequence),
        (FLUSHED_AT, flushed),
        (LENGTH_AT, length as u64),
    ] {
        buffer[place..place + 8].copy_from_slice(&number.to_be_bytes());
    }
    seal(buffer);
    buffer.resize(round_up(length as u64) as usize, 0);
}

impl Head {
    /// What the head says; whether it is true is known when the record was read as a whole.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let head = Self {
            segment: number_at(bytes, SEGMENT_AT)?,
            sequence: number_at(bytes, SEQUENCE_AT)?,
            flushed: number_at(bytes, FLUSHED_AT)?,
            length: number_at(bytes, LENGTH_AT)?,
        };
        (head.length >= HEAD_BYTES as u64).then_some(head)
    }
}

/// The changes of a record, if it is whole.
pub(super) fn changes(record: &[u8]) -> Option<&[u8]> {
    is_sound(record).then(|| &record[HEAD_BYTES..])
}

#[cfg(test)]
mod tests {
    use super::super::blocks::BLOCK;
    use super::*;

    #[test]
    fn records_come_back_and_no_other_bit_does() {
        let mut buffer = Vec::new();
        begin(&mut buffer);
        buffer.extend_from_slice(b"changes");
        finish(&mut buffer, 3, 17, 16);
        assert_eq!(buffer.len() as u64, BLOCK);
        let head = Head::decode(&buffer).unwrap();
        let expected = Head {
            segment: 3,
            sequence: 17,
            flushed: 16,
            length: (HEAD_BYTES + 7) as u64,
        };
        assert_eq!(head, expected);
        buffer.truncate(head.length as usize);
        assert_eq!(changes(&buffer), Some(&b"changes"[..]));
        for bit in 0..buffer.len() * 8 {
            buffer[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(changes(&buffer), None, "bit {bit}");
            buffer[bit / 8] ^= 1 << (bit % 8);
        }
        assert_eq!(Head::decode(&[0; 64]), None);
    }
}
