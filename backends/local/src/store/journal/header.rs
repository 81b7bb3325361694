//! The first block of a segment: which one it is.

use super::blocks::BLOCK;
use super::seal::{SEAL_BYTES, is_sound, number_at, seal};

const MAGIC: u64 = u64::from_be_bytes(*b"iiijrnl\x01");
const MAGIC_AT: usize = SEAL_BYTES;
const NUMBER_AT: usize = MAGIC_AT + 8;
const FIRST_AT: usize = NUMBER_AT + 8;
const HEADER_BYTES: usize = FIRST_AT + 8;

/// Which segment a file is at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// Grows with every use of any file, and is never given twice.
    pub(super) number: u64,
    /// The sequence number of its first record.
    pub(super) first: u64,
}

impl Header {
    pub(super) fn encode(self) -> Vec<u8> {
        let mut block = vec![0; BLOCK as usize];
        block[MAGIC_AT..NUMBER_AT].copy_from_slice(&MAGIC.to_be_bytes());
        block[NUMBER_AT..FIRST_AT].copy_from_slice(&self.number.to_be_bytes());
        block[FIRST_AT..HEADER_BYTES].copy_from_slice(&self.first.to_be_bytes());
        seal(&mut block[..HEADER_BYTES]);
        block
    }

    /// `None`: it has never been written, or half.
    pub(super) fn decode(block: &[u8]) -> Option<Self> {
        let header = block.get(..HEADER_BYTES)?;
        if !is_sound(header) || number_at(header, MAGIC_AT) != Some(MAGIC) {
            return None;
        }
        Some(Self {
            number: number_at(header, NUMBER_AT)?,
            first: number_at(header, FIRST_AT)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_come_back_and_no_other_bit_does() {
        let header = Header {
            number: 7,
            first: u64::MAX,
        };
        let mut block = header.encode();
        assert_eq!(Header::decode(&block), Some(header));
        for bit in 0..HEADER_BYTES * 8 {
            block[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Header::decode(&block), None, "bit {bit}");
            block[bit / 8] ^= 1 << (bit % 8);
        }
        assert_eq!(Header::decode(&[0; BLOCK as usize]), None);
        assert_eq!(Header::decode(b"short"), None);
    }
}
