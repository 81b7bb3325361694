//! Counting what a stream of frames carries, without keeping any of it.

use crate::frame;

/// Most bytes of a frame's header: lengths of 64 bits and a mask.
const HEADER_BYTES_MAX: usize = 14;

/// Has seen frames up to some byte.
#[derive(Default)]
pub(crate) struct Skim {
    /// Of binary frames, as far as they have come.
    pub(crate) bytes: u64,
    /// The farewell has come.
    pub(crate) ended: bool,
    /// Of the payload that is coming.
    left: u64,
    /// The beginning of a header.
    header: Vec<u8>,
}

impl Skim {
    /// Takes what was read next.
    pub(crate) fn feed(&mut self, mut read: &[u8]) {
        while !read.is_empty() && !self.ended {
            let payload = self.left.min(read.len() as u64);
            self.left -= payload;
            read = &read[payload as usize..];
            if self.left == 0 {
                read = self.begin(read);
            }
        }
    }

    /// Reads the next header, as far as it is there; gives what follows it.
    fn begin<'a>(&mut self, read: &'a [u8]) -> &'a [u8] {
        let before = self.header.len();
        let taken = read.len().min(HEADER_BYTES_MAX - before);
        self.header.extend_from_slice(&read[..taken]);
        let Some((op, length, payload)) = frame::head(&self.header) else {
            return &read[taken..];
        };
        match op {
            frame::BINARY => self.bytes += payload,
            frame::CLOSE => self.ended = true,
            _ => {}
        }
        self.left = payload;
        self.header.clear();
        &read[length - before..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_counted_wherever_reads_are_cut() {
        let mut sent = Vec::new();
        let mut push = |op, len: usize, masked| {
            frame::header(&mut sent, op, len, masked);
            sent.resize(sent.len() + len, 0xff);
        };
        for (len, masked) in [(0, false), (5, true), (126, false), (70_000, true)] {
            push(frame::BINARY, len, masked);
            push(frame::TEXT, 9, masked);
        }
        push(frame::CLOSE, 2, false);
        push(frame::BINARY, 7, false);
        for cut in [1, 3, 13, 1000, sent.len()] {
            let mut skim = Skim::default();
            for read in sent.chunks(cut) {
                skim.feed(read);
            }
            assert!(skim.ended, "cut every {cut}");
            assert_eq!(skim.bytes, 5 + 126 + 70_000, "cut every {cut}");
        }
    }
}
