//! Opening a journal: finding what no checkpoint has covered.

use super::blocks::{BLOCK, Blocks, Shelf, round_up};
use super::header::Header;
use super::record::{self, HEAD_BYTES, Head};
use super::segment::{File, Segment};
use super::{FailPoint, Journal, Position, Sizes};
use std::collections::VecDeque;
use std::io::Result;
use thiserror::Error;

/// Bytes that are looked through at once.
const PIECE: u64 = 256 << 10;

/// Something was flushed and is not there any more.
#[derive(Debug, Error)]
pub(crate) enum Damage {
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("journal file {file} is damaged at byte {offset}: record {sequence} is lost")]
    Lost {
        file: u32,
        offset: u64,
        sequence: u64,
    },
    #[error("a file of the journal is missing: record {sequence} is lost")]
    Missing { sequence: u64 },
}

/// What an opening finds.
pub(crate) struct Replay {
    journal: Journal,
    used: Vec<(Header, File)>,
    /// Where reading goes on in the first of them.
    offset: u64,
}

impl Replay {
    /// Looks at the files of a journal. `covered` is what the last checkpoint says.
    pub(crate) fn open(
        shelf: Box<dyn Shelf>,
        sizes: Sizes,
        fail_point: FailPoint,
        covered: Position,
    ) -> std::result::Result<Self, Damage> {
        let mut used = Vec::new();
        let mut spare = Vec::new();
        let mut newest = covered.segment;
        let files = shelf.files()?;
        let next_file = files.last().map_or(0, |name| name + 1);
        for name in files {
            let blocks = shelf.file(name)?;
            let prepared = blocks.len()? / BLOCK * BLOCK;
            let header = header_of(blocks.as_ref(), prepared)?;
            let file = File {
                name,
                blocks,
                prepared,
            };
            newest = newest.max(header.map_or(0, |header| header.number));
            match header {
                Some(header) if header.number >= covered.segment => used.push((header, file)),
                Some(_) => spare.push(file),
                None => {
                    refuse_lost_header(&file, covered)?;
                    spare.push(file);
                }
            }
        }
        used.sort_by_key(|(header, _)| header.number);
        let first = used.first().map(|(header, _)| *header);
        let offset = check_first(first, covered)?;
        Ok(Self {
            journal: Journal {
                shelf,
                sizes,
                fail_point,
                current: None,
                used: VecDeque::new(),
                spare,
                next_file,
                next_segment: newest + 1,
                sequence: covered.sequence,
                flushed: covered.sequence,
                bytes: 0,
                is_failed: false,
            },
            used,
            offset,
        })
    }

    /// Hands out the changes of every record, in order, and then the journal, ready for more. What
    /// was found is on the disk when this returns: a killed process may have left it unflushed.
    pub(crate) fn run<E: From<Damage>>(
        self,
        mut each: impl FnMut(&[u8]) -> std::result::Result<(), E>,
    ) -> std::result::Result<Journal, E> {
        let Self {
            mut journal,
            used,
            mut offset,
        } = self;
        let mut used = used.into_iter().peekable();
        while let Some((header, file)) = used.next() {
            let until = used.peek().map(|(header, _)| header.first);
            let mut walk = Walk {
                segment: header.number,
                offset,
                sequence: journal.sequence,
                file: &file,
            };
            let mut record = Vec::new();
            while until.is_none_or(|until| walk.sequence + 1 < until)
                && walk.next(&mut record).map_err(Damage::Io)?
            {
                each(&record[HEAD_BYTES..])?;
            }
            walk.check_end(until)?;
            journal.bytes += walk.offset - offset;
            journal.sequence = walk.sequence;
            let end = walk.offset;
            offset = BLOCK;
            file.blocks.flush().map_err(Damage::Io)?;
            journal.used.push_back(Segment {
                file,
                number: header.number,
                end,
            });
        }
        journal.flushed = journal.sequence;
        Ok(journal)
    }
}

fn header_of(blocks: &dyn Blocks, len: u64) -> Result<Option<Header>> {
    if len < BLOCK {
        return Ok(None);
    }
    let mut block = vec![0; BLOCK as usize];
    blocks.read(0, &mut block)?;
    Ok(Header::decode(&block))
}

/// A header is on the disk before any record, so a file without one has none that counts.
fn refuse_lost_header(file: &File, covered: Position) -> std::result::Result<(), Damage> {
    if file.prepared < BLOCK + HEAD_BYTES as u64 {
        return Ok(());
    }
    let mut bytes = vec![0; HEAD_BYTES];
    file.blocks.read(BLOCK, &mut bytes)?;
    let head = Head::decode(&bytes).filter(|head| head.sequence > covered.sequence);
    let Some(head) = head.filter(|head| BLOCK.saturating_add(head.length) <= file.prepared) else {
        return Ok(());
    };
    bytes.resize(head.length as usize, 0);
    file.blocks.read(BLOCK, &mut bytes)?;
    match record::changes(&bytes) {
        Some(_) => Err(Damage::Lost {
            file: file.name,
            offset: 0,
            sequence: head.sequence,
        }),
        None => Ok(()),
    }
}

/// Whether the first segment that is there is the one that follows the checkpoint, and where in it
/// reading begins.
fn check_first(first: Option<Header>, covered: Position) -> std::result::Result<u64, Damage> {
    let sequence = covered.sequence + 1;
    match first {
        Some(first) if first.number == covered.segment => Ok(covered.offset.max(BLOCK)),
        Some(first) if first.first != sequence => Err(Damage::Missing { sequence }),
        _ if covered.offset > BLOCK => Err(Damage::Missing { sequence }),
        _ => Ok(BLOCK),
    }
}

/// A way through the records of a segment.
struct Walk<'s> {
    segment: u64,
    /// Where the next one begins.
    offset: u64,
    /// The number of the last one.
    sequence: u64,
    file: &'s File,
}

impl Walk<'_> {
    /// Reads the next record. `false`: there is none, or none that is whole.
    fn next(&mut self, record: &mut Vec<u8>) -> Result<bool> {
        let head = self.read(self.offset, record)?;
        let head = head.filter(|head| head.sequence == self.sequence + 1);
        if let Some(head) = head {
            self.sequence = head.sequence;
            self.offset = round_up(self.offset + head.length);
        }
        Ok(head.is_some())
    }

    /// Reads the record of this segment at a place, if there is a whole one.
    fn read(&self, offset: u64, record: &mut Vec<u8>) -> Result<Option<Head>> {
        if offset + BLOCK > self.file.prepared {
            return Ok(None);
        }
        record.resize(BLOCK as usize, 0);
        self.file.blocks.read(offset, record)?;
        let head = Head::decode(record).filter(|head| head.segment == self.segment);
        let Some(head) = head.filter(|head| head.length <= self.file.prepared - offset) else {
            return Ok(None);
        };
        record.resize(head.length as usize, 0);
        if head.length > BLOCK {
            let rest = &mut record[BLOCK as usize..];
            self.file.blocks.read(offset + BLOCK, rest)?;
        }
        Ok(record::changes(record).map(|_| head))
    }

    /// Whether the records end where they may: where the next segment goes on or, in the last one,
    /// where nothing behind says that there was more on the disk.
    fn check_end(&self, until: Option<u64>) -> std::result::Result<(), Damage> {
        let sequence = self.sequence + 1;
        let lost = || Damage::Lost {
            file: self.file.name,
            offset: self.offset,
            sequence,
        };
        if until.is_some_and(|until| sequence != until) {
            return Err(lost());
        }
        let mut record = Vec::new();
        for offset in self.places_behind(until.is_none())? {
            let later = self.read(offset, &mut record)?;
            if later.is_some_and(|later| later.flushed >= sequence) {
                return Err(lost());
            }
        }
        Ok(())
    }

    /// Where something behind the end looks like a record of this segment.
    fn places_behind(&self, is_last: bool) -> Result<Vec<u64>> {
        let mut places = Vec::new();
        let mut from = self.offset + BLOCK;
        let mut piece = vec![0; PIECE as usize];
        while is_last && from < self.file.prepared {
            let length = PIECE.min(self.file.prepared - from);
            piece.truncate(length as usize);
            self.file.blocks.read(from, &mut piece)?;
            let blocks = piece.chunks(BLOCK as usize).zip(0..);
            let heads = blocks.filter_map(|(block, index)| Some((Head::decode(block)?, index)));
            let ours = heads.filter(|(head, _)| head.segment == self.segment);
            places.extend(ours.map(|(_, index)| from + index * BLOCK));
            from += length;
        }
        Ok(places)
    }
}
