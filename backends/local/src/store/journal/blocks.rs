//! What the journal needs of a disk.

use std::io::Result;

/// Bytes that are written as a whole. What one flush has made safe is never in a block with what a
/// later one writes, so that a block which is torn or garbled when the power goes takes nothing
/// that was acknowledged.
pub(crate) const BLOCK: u64 = 4096;

/// A file.
pub(crate) trait Blocks: Send {
    fn len(&self) -> Result<u64>;

    /// Fills `out`; what is behind the end is an error.
    fn read(&self, offset: u64, out: &mut [u8]) -> Result<()>;

    fn write(&self, offset: u64, bytes: &[u8]) -> Result<()>;

    fn set_len(&self, len: u64) -> Result<()>;

    /// Everything written so far, and the length, is on the disk when this returns. After an error
    /// nobody knows what is.
    fn flush(&self) -> Result<()>;
}

/// The files of a journal, by small numbers.
pub(crate) trait Shelf: Send {
    /// Those that are there.
    fn files(&self) -> Result<Vec<u32>>;

    /// Opens one, and makes it where it is missing. Its name is on the disk when this returns.
    fn file(&self, name: u32) -> Result<Box<dyn Blocks>>;

    /// Removes one. It may be there again after a loss of power.
    fn remove(&self, name: u32) -> Result<()>;
}

/// The next place at which a block begins.
pub(crate) const fn round_up(bytes: u64) -> u64 {
    bytes.next_multiple_of(BLOCK)
}
