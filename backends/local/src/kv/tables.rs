//! The entries of a draft, with their accounts.

use super::{Failure, key, record};
use crate::store::{Draft, Table};
use bytes::Bytes;
use iii_ports::UnixMs;
use iii_ports::kv::{Address, Entry, Version};
use std::ops::Bound;

/// Bytes counted for each entry besides scope, key and value: what the trees take for it.
const ENTRY_OVERHEAD_BYTES: u64 = 64;

/// What is known of all entries together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// The last version that was given.
    pub(super) version: u64,
    pub(super) entries: u64,
    pub(crate) bytes: u64,
}

impl Counts {
    const VERSION: &str = "kv/version";
    const ENTRIES: &str = "kv/entries";
    const BYTES: &str = "kv/bytes";

    pub(crate) fn load(
        read: impl Fn(&'static str) -> Result<u64, Failure>,
    ) -> Result<Self, Failure> {
        Ok(Self {
            version: read(Self::VERSION)?,
            entries: read(Self::ENTRIES)?,
            bytes: read(Self::BYTES)?,
        })
    }

    /// By their names, as they are kept.
    pub(crate) const fn numbers(&self) -> [(&'static str, u64); 3] {
        [
            (Self::VERSION, self.version),
            (Self::ENTRIES, self.entries),
            (Self::BYTES, self.bytes),
        ]
    }
}

/// The entries, while they are written.
pub(crate) struct Tables<'d> {
    draft: &'d mut Draft,
    pub(super) counts: &'d mut Counts,
}

impl<'d> Tables<'d> {
    pub(crate) const fn new(draft: &'d mut Draft, counts: &'d mut Counts) -> Self {
        Self { draft, counts }
    }

    /// The version of an entry as it is at `now`.
    pub(super) fn version(&self, at: &Address, now: UnixMs) -> Result<Version, Failure> {
        let place = key::of(&at.scope, &at.key);
        let Some(found) = self.draft.get(Table::KvEntries, &place)? else {
            return Ok(Version::ABSENT);
        };
        let (version, expires_at, _) = record::split(&found)?;
        let is_live = expires_at.is_none_or(|at| now < at);
        Ok(if is_live { version } else { Version::ABSENT })
    }

    pub(super) fn next_version(&mut self) -> Version {
        self.counts.version += 1;
        Version(self.counts.version)
    }

    /// Puts an entry and returns what was there, expired or not.
    pub(super) fn insert(&mut self, at: &Address, entry: &Entry) -> Result<Option<Entry>, Failure> {
        let place = Bytes::from(key::of(&at.scope, &at.key));
        let value = Bytes::from(record::encode(entry));
        let old = self.draft.replace(Table::KvEntries, &place, Some(value))?;
        let old = old.map(record::decode).transpose()?;
        let from = old.as_ref().and_then(|old| old.expires_at);
        if from != entry.expires_at {
            self.forget(from, &place)?;
            if let Some(instant) = entry.expires_at {
                let expiry = Bytes::from(key::of_expiry(instant, &place));
                self.draft
                    .put(Table::KvExpiry, &expiry, Bytes::new(), false)?;
            }
        }
        self.counts.entries += u64::from(old.is_none());
        self.counts.bytes += size(at, entry.value.len());
        self.counts.bytes -= old.as_ref().map_or(0, |old| size(at, old.value.len()));
        Ok(old)
    }

    /// Removes an entry and returns it, expired or not.
    pub(super) fn remove(&mut self, at: &Address) -> Result<Option<Entry>, Failure> {
        let place = Bytes::from(key::of(&at.scope, &at.key));
        let old = self.draft.replace(Table::KvEntries, &place, None)?;
        let old = old.map(record::decode).transpose()?;
        if let Some(old) = &old {
            self.forget(old.expires_at, &place)?;
            self.counts.entries -= 1;
            self.counts.bytes -= size(at, old.value.len());
        }
        Ok(old)
    }

    /// The earliest instant at which an entry expires, and which.
    pub(super) fn next_expiry(&self) -> Result<Option<(UnixMs, Address)>, Failure> {
        let all = (Bound::Unbounded, Bound::Unbounded);
        let Some(first) = self.draft.range(Table::KvExpiry, all)?.next() else {
            return Ok(None);
        };
        let (first, _) = first?;
        let (instant, place) = key::expiry(&first)?;
        Ok(Some((instant, key::address(place)?)))
    }

    fn forget(&mut self, instant: Option<UnixMs>, place: &[u8]) -> Result<(), Failure> {
        if let Some(instant) = instant {
            let expiry = Bytes::from(key::of_expiry(instant, place));
            self.draft.remove(Table::KvExpiry, &expiry)?;
        }
        Ok(())
    }
}

/// Bytes counted for an entry.
pub(super) fn size(at: &Address, value: usize) -> u64 {
    (at.scope.len() + at.key.len() + value) as u64 + ENTRY_OVERHEAD_BYTES
}
