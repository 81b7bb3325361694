//! The entries of a draft, with their accounts.

use super::{Failure, key, record};
use crate::store::{Draft, Table};
use bytes::Bytes;
use iii_ports::lease::Fence;
use iii_ports::log::EntryId;

/// Bytes counted for each entry besides name, head and body: what the trees take for it.
const ENTRY_OVERHEAD_BYTES: u64 = 128;

/// What is known of all entries together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// The newest fence that has written.
    pub(super) fence: Fence,
    pub(super) entries: u64,
    pub(crate) bytes: u64,
}

impl Counts {
    const FENCE: &str = "log/fence";
    const ENTRIES: &str = "log/entries";
    const BYTES: &str = "log/bytes";

    pub(crate) fn load(
        read: impl Fn(&'static str) -> Result<u64, Failure>,
    ) -> Result<Self, Failure> {
        Ok(Self {
            fence: Fence(read(Self::FENCE)?),
            entries: read(Self::ENTRIES)?,
            bytes: read(Self::BYTES)?,
        })
    }

    /// By their names, as they are kept.
    pub(crate) const fn numbers(&self) -> [(&'static str, u64); 3] {
        [
            (Self::FENCE, self.fence.0),
            (Self::ENTRIES, self.entries),
            (Self::BYTES, self.bytes),
        ]
    }
}

/// The entries, while they are written.
///
/// Every head has a body and every body a head.
pub(crate) struct Tables<'d> {
    draft: &'d mut Draft,
    pub(super) counts: &'d mut Counts,
}

impl<'d> Tables<'d> {
    pub(crate) const fn new(draft: &'d mut Draft, counts: &'d mut Counts) -> Self {
        Self { draft, counts }
    }

    pub(super) fn put(
        &mut self,
        log: &str,
        id: EntryId,
        head: &[u8],
        body: Bytes,
    ) -> Result<(), Failure> {
        let place = key::of(log, id);
        self.counts.bytes += size(log, head.len(), body.len());
        let record = record::encode(head, body.len());
        let old = self.draft.replace(Table::LogHeads, &place, Some(record))?;
        match &old {
            Some(old) => self.counts.bytes -= size_of_old(log, old)?,
            None => self.counts.entries += 1,
        }
        self.draft
            .put(Table::LogBodies, &place, body, old.is_some())?;
        Ok(())
    }

    /// Whether the entry is there.
    pub(super) fn update(&mut self, log: &str, id: EntryId, head: &[u8]) -> Result<bool, Failure> {
        let place = key::of(log, id);
        let Some(old) = self.draft.get(Table::LogHeads, &place)? else {
            return Ok(false);
        };
        let body_len = record::body_len(&old)?;
        let before = record::head_len(&old) as u64;
        self.counts.bytes = self.counts.bytes + head.len() as u64 - before;
        let record = record::encode(head, body_len);
        drop(old);
        self.draft.put(Table::LogHeads, &place, record, true)?;
        Ok(true)
    }

    pub(super) fn remove(&mut self, log: &str, id: EntryId) -> Result<(), Failure> {
        let place = key::of(log, id);
        if let Some(old) = self.draft.replace(Table::LogHeads, &place, None)? {
            self.draft.remove(Table::LogBodies, &place)?;
            self.counts.entries -= 1;
            self.counts.bytes -= size_of_old(log, &old)?;
        }
        Ok(())
    }
}

fn size_of_old(log: &str, record: &[u8]) -> Result<u64, Failure> {
    let body_len = record::body_len(record)?;
    Ok(size(log, record::head_len(record), body_len))
}

/// Bytes counted for an entry.
pub(super) fn size(log: &str, head: usize, body: usize) -> u64 {
    (log.len() + head + body) as u64 + ENTRY_OVERHEAD_BYTES
}
