//! The journal: every group of writes, one after the other, flushed before anybody is answered.
//!
//! It lies in a few files of a fixed size, the segments, which are used again and again: to write
//! over blocks that are there takes one flush, where a file that grows costs the file system's
//! own journal besides. Records are numbered; those that a checkpoint has brought into the data
//! file are not needed any more, and a segment that has only such is free.
//!
//! **Invariant:** a record is known by the number of its segment and its own. Neither pair is ever
//! used twice, and both are under the record's checksum, so that nothing an earlier use has left
//! in a file is taken for a record.
//! **Invariant:** a block that has been flushed is not written again until its segment is free.
//! **Invariant:** after a failed write or flush nothing more goes to that segment: the next record
//! begins another one, whose header says which records of the one before count.

mod blocks;
mod header;
mod record;
mod replay;
mod seal;
mod segment;
#[cfg(test)]
mod tests;

pub(crate) use blocks::{Blocks, Shelf};
pub(crate) use replay::{Damage, Replay};

use super::Failure;
use super::fail_point::FailPoint;
use header::Header;
use segment::{File, Segment};
use std::collections::VecDeque;

/// Free files that are kept for the next rush.
const SPARES_KEPT: usize = 2;

/// How large the journal's files are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    /// Bytes of a segment. A record that is larger gets a segment of its own size.
    pub(crate) segment: u64,
    /// Bytes that are kept ready beyond what is written, so that things can be removed from a full
    /// disk.
    pub(crate) reserve: u64,
}

/// Where the records begin that a checkpoint has not covered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Position {
    /// The number of the last record that is covered.
    pub(crate) sequence: u64,
    /// The segment in which the next one is, if there is one; else one before it.
    pub(crate) segment: u64,
    /// Where in that segment.
    pub(crate) offset: u64,
}

/// The journal, as the writer has it.
pub(crate) struct Journal {
    shelf: Box<dyn Shelf>,
    sizes: Sizes,
    fail_point: FailPoint,
    current: Option<Segment>,
    /// Have records that are not covered, in the order of their numbers.
    used: VecDeque<Segment>,
    /// Free to be used again.
    spare: Vec<File>,
    /// The name of the next file.
    next_file: u32,
    /// The number of the next segment.
    next_segment: u64,
    /// The number of the last record that was written whole.
    sequence: u64,
    /// The number of the last record that is on the disk.
    flushed: u64,
    /// Bytes written since the last [`Self::mark`].
    bytes: u64,
    is_failed: bool,
}

impl Journal {
    /// Leaves room for what comes before the changes of a record.
    pub(crate) fn begin_record(buffer: &mut Vec<u8>) {
        record::begin(buffer);
    }

    /// Writes a record, whose buffer began with [`Self::begin_record`]; it is on the disk after
    /// [`Self::flush`].
    ///
    /// # Errors
    /// There is no room, or the disk failed. It may be found by a later opening or not, unless
    /// another record was flushed after it: then it is not.
    pub(crate) fn append(&mut self, buffer: &mut Vec<u8>) -> Result<(), Failure> {
        self.fail_point.pass("append.before");
        let length = blocks::round_up(buffer.len() as u64);
        let sequence = self.sequence + 1;
        let mut segment = self.take_segment(length)?;
        record::finish(buffer, segment.number, sequence, self.flushed);
        if let Err(error) = segment.append(buffer) {
            self.used.push_back(segment);
            self.supersede();
            return Err(Failure::io(error));
        }
        self.current = Some(segment);
        self.sequence = sequence;
        self.bytes += length;
        self.fail_point.pass("append.written");
        Ok(())
    }

    /// Brings everything that was written to the disk.
    ///
    /// # Errors
    /// The disk failed; what was written since the last flush may be there or not, and no further
    /// flush is to be believed before [`Self::forget_unflushed`] or [`Self::count_as_flushed`].
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        if self.is_flushed() {
            return Ok(());
        }
        if self.is_failed {
            return Err(Failure::Io("a flush has failed before".to_owned()));
        }
        // Only the last segment can have what is not flushed, be it given up or not.
        let segment = self.current.as_ref().or_else(|| self.used.back());
        if let Some(Err(error)) = segment.map(|segment| segment.file.blocks.flush()) {
            self.is_failed = true;
            self.end_segment();
            return Err(Failure::io(error));
        }
        self.flushed = self.sequence;
        self.fail_point.pass("flush.done");
        Ok(())
    }

    /// What was not flushed, and was not acknowledged, has never been.
    pub(crate) fn forget_unflushed(&mut self) {
        self.sequence = self.flushed;
        self.is_failed = false;
        self.end_segment();
        self.supersede();
    }

    /// Begins another segment at once, as far as the disk lets: so a record that was refused, and
    /// may be on the disk all the same, is not found by a later opening.
    pub(crate) fn supersede(&mut self) {
        let begun = self
            .flush()
            .and_then(|()| self.begin_segment(blocks::BLOCK));
        match begun {
            Ok(segment) => self.current = Some(segment),
            Err(failure) => tracing::warn!(%failure, "store.journal_stuck"),
        }
    }

    /// What was not flushed is in the data file, and safe there.
    pub(crate) fn count_as_flushed(&mut self) {
        self.flushed = self.sequence;
        self.is_failed = false;
    }

    /// Nothing is written to the present segment any more.
    pub(crate) fn end_segment(&mut self) {
        self.used.extend(self.current.take());
    }

    pub(crate) const fn is_flushed(&self) -> bool {
        self.flushed == self.sequence
    }

    /// Whether a flush has failed, and what it should have flushed is not safe yet.
    pub(crate) const fn is_failed(&self) -> bool {
        self.is_failed
    }

    /// Makes room for a record of so many bytes and the reserve behind it. Whether there is any: if
    /// not, things can only be removed.
    pub(crate) fn reserve(&mut self, bytes: usize) -> bool {
        let Sizes {
            segment: size,
            reserve,
        } = self.sizes;
        let length = blocks::round_up(bytes as u64);
        let end = blocks::BLOCK + length;
        let reserved = match &mut self.current {
            Some(segment) if segment.end + length + reserve <= size => {
                let end = segment.end + length + reserve;
                segment.file.prepare(end, size).map_err(Failure::io)
            }
            Some(segment) if segment.end + length <= size => {
                let prepared = segment.file.prepare(segment.end + length, size);
                prepared
                    .map_err(Failure::io)
                    .and_then(|()| self.reserve_files(&[blocks::BLOCK + reserve]))
            }
            _ if end + reserve <= size => self.reserve_files(&[end + reserve]),
            _ => self.reserve_files(&[end, blocks::BLOCK + reserve]),
        };
        !matches!(reserved, Err(Failure::DiskFull))
    }

    /// Makes files ready for the next segments.
    fn reserve_files(&mut self, ends: &[u64]) -> Result<(), Failure> {
        let mut files = Vec::with_capacity(ends.len());
        let mut prepared = Ok(());
        for end in ends {
            let file = self.take_file();
            prepared = file.and_then(|mut file| {
                let prepared = file.prepare(*end, self.sizes.segment);
                files.push(file);
                prepared.map_err(Failure::io)
            });
            if prepared.is_err() {
                break;
            }
        }
        // The last one is taken first.
        self.spare.extend(files.into_iter().rev());
        prepared
    }

    /// Bytes of all records that are kept.
    pub(crate) fn kept_bytes(&self) -> u64 {
        let segments = self.used.iter().chain(&self.current);
        segments.map(|segment| segment.end).sum()
    }

    /// Bytes written since the last [`Self::mark`].
    pub(crate) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Where the next record will be; counts bytes from here.
    pub(crate) fn mark(&mut self) -> Position {
        self.bytes = 0;
        let (segment, offset) = match &self.current {
            Some(segment) => (segment.number, segment.end),
            None => (self.next_segment, blocks::BLOCK),
        };
        Position {
            sequence: self.sequence,
            segment,
            offset,
        }
    }

    /// Everything before `position` is in the data file, and safe there: segments that have
    /// nothing else are free.
    pub(crate) fn release(&mut self, position: Position) {
        let is_free = |segment: &Segment| segment.number < position.segment;
        while self.used.front().is_some_and(is_free) {
            let freed = self.used.pop_front();
            self.spare
                .extend(freed.map(|segment| self.trimmed(segment.file)));
        }
    }

    /// Gives back files that only a great rush needs.
    pub(crate) fn shed(&mut self) {
        while self.spare.len() > SPARES_KEPT
            && let Some(file) = self.spare.pop()
        {
            let name = file.name;
            drop(file);
            if let Err(error) = self.shelf.remove(name) {
                tracing::warn!(%error, name, "store.journal_kept");
            }
        }
    }

    /// A file that one large record has made large does not stay so.
    fn trimmed(&self, mut file: File) -> File {
        if file.prepared > self.sizes.segment && file.blocks.set_len(self.sizes.segment).is_ok() {
            file.prepared = self.sizes.segment;
        }
        file
    }

    /// A segment with room for a record.
    fn take_segment(&mut self, length: u64) -> Result<Segment, Failure> {
        let size = self.sizes.segment;
        let fits =
            |segment: &mut Segment| segment.end + length <= size || segment.end == blocks::BLOCK;
        if let Some(mut segment) = self.current.take_if(fits) {
            let prepared = segment.file.prepare(segment.end + length, size);
            if let Err(error) = prepared {
                self.current = Some(segment);
                return Err(Failure::io(error));
            }
            return Ok(segment);
        }
        // The next segment may reach the disk before this one does, and must not.
        self.flush()?;
        self.begin_segment(blocks::BLOCK + length)
    }

    /// Ends the present segment and begins the next one, with room for so many bytes.
    fn begin_segment(&mut self, bytes: u64) -> Result<Segment, Failure> {
        let mut file = self.take_file()?;
        if let Err(error) = file.prepare(bytes, self.sizes.segment) {
            // What is left of the present segment is good for smaller records.
            self.spare.push(file);
            return Err(Failure::io(error));
        }
        // Once the header is written, and be it half, the present segment has no more records.
        self.end_segment();
        let header = Header {
            number: self.next_segment,
            first: self.sequence + 1,
        };
        self.next_segment += 1;
        Segment::begin(file, header).map_err(|(file, error)| {
            self.spare.push(file);
            Failure::io(error)
        })
    }

    fn take_file(&mut self) -> Result<File, Failure> {
        match self.spare.pop() {
            Some(file) => Ok(file),
            None => self.make_file(),
        }
    }

    fn make_file(&mut self) -> Result<File, Failure> {
        let name = self.next_file;
        let blocks = self.shelf.file(name).map_err(Failure::io)?;
        self.next_file += 1;
        Ok(File {
            blocks,
            name,
            prepared: 0,
        })
    }
}
