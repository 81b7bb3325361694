//! The segment that is written.

use super::blocks::{BLOCK, Blocks, round_up};
use super::header::Header;
use std::io::Result;

/// Least and most bytes by which a file grows at once.
const STEP_MIN: u64 = 64 << 10;
const STEP_MAX: u64 = 1 << 20;

/// A file of the journal.
pub(super) struct File {
    pub(super) name: u32,
    pub(super) blocks: Box<dyn Blocks>,
    /// Bytes that were written at least once: writing them again takes no room, and flushing them
    /// is faster than flushing a file that grows.
    pub(super) prepared: u64,
}

impl File {
    /// Makes the file so long that `bytes` of it can be written without a need for more room. It
    /// grows in steps, up to `size` as far as `bytes` need no more.
    pub(super) fn prepare(&mut self, bytes: u64, size: u64) -> Result<()> {
        while self.prepared < bytes {
            let step = self.prepared.clamp(STEP_MIN, STEP_MAX);
            let end = (self.prepared + step).min(size.max(bytes));
            let zeros = vec![0; (end - self.prepared) as usize];
            self.blocks.write(self.prepared, &zeros)?;
            self.prepared = end;
        }
        Ok(())
    }
}

/// A file with a number under which records go to it.
pub(super) struct Segment {
    pub(super) file: File,
    pub(super) number: u64,
    /// Where the next record begins.
    pub(super) end: u64,
}

impl Segment {
    /// Begins a segment. It is on the disk when this returns: no record is ever found in a file
    /// that may still have the number of an earlier use.
    pub(super) fn begin(
        file: File,
        header: Header,
    ) -> std::result::Result<Self, (File, std::io::Error)> {
        let begun = file.blocks.write(0, &header.encode());
        match begun.and_then(|()| file.blocks.flush()) {
            Ok(()) => Ok(Self {
                file,
                number: header.number,
                end: BLOCK,
            }),
            Err(error) => Err((file, error)),
        }
    }

    /// Writes a record of whole blocks.
    pub(super) fn append(&mut self, record: &[u8]) -> Result<()> {
        self.file.blocks.write(self.end, record)?;
        self.end = round_up(self.end + record.len() as u64);
        Ok(())
    }
}
