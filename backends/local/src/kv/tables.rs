//! The entries of a transaction, with their accounts.

use super::{Failure, key, record};
use iii_ports::UnixMs;
use iii_ports::kv::{Address, Entry, Version};
use redb::{ReadTransaction, ReadableTable, Table, TableDefinition, WriteTransaction};

pub(super) const ENTRIES: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("kv/entries");
/// Places by the instant of their expiry.
const EXPIRY: TableDefinition<'_, &[u8], ()> = TableDefinition::new("kv/expiry");
const COUNTS: TableDefinition<'_, &str, u64> = TableDefinition::new("kv/counts");

/// Bytes counted for each entry besides scope, key and value: what the trees take for it.
const ENTRY_OVERHEAD_BYTES: u64 = 64;

/// What is known of all entries together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// The last version that was given.
    pub(super) version: u64,
    pub(super) entries: u64,
    pub(super) bytes: u64,
}

/// The entries, while a transaction writes them.
pub(crate) struct Tables<'t> {
    entries: Table<'t, &'static [u8], &'static [u8]>,
    expiry: Table<'t, &'static [u8], ()>,
    saved: Table<'t, &'static str, u64>,
    pub(super) counts: Counts,
}

impl Counts {
    pub(crate) fn load(transaction: &ReadTransaction) -> Result<Self, Failure> {
        let saved = transaction.open_table(COUNTS)?;
        let read = |name| Ok::<_, Failure>(saved.get(name)?.map_or(0, |count| count.value()));
        Ok(Self {
            version: read("version")?,
            entries: read("entries")?,
            bytes: read("bytes")?,
        })
    }
}

impl<'t> Tables<'t> {
    pub(crate) fn open(transaction: &'t WriteTransaction, counts: Counts) -> Result<Self, Failure> {
        Ok(Self {
            entries: transaction.open_table(ENTRIES)?,
            expiry: transaction.open_table(EXPIRY)?,
            saved: transaction.open_table(COUNTS)?,
            counts,
        })
    }

    /// Every write takes a version.
    pub(crate) fn has_changed(&self, before: &Counts) -> bool {
        self.counts != *before
    }

    pub(crate) fn finish(mut self) -> Result<Counts, Failure> {
        let Counts {
            version,
            entries,
            bytes,
        } = self.counts;
        for (name, count) in [("version", version), ("entries", entries), ("bytes", bytes)] {
            self.saved.insert(name, count)?;
        }
        Ok(self.counts)
    }

    /// The version of an entry as it is at `now`.
    pub(super) fn version(&self, at: &Address, now: UnixMs) -> Result<Version, Failure> {
        let place = key::of(&at.scope, &at.key);
        let Some(found) = self.entries.get(place.as_slice())? else {
            return Ok(Version::ABSENT);
        };
        let (version, expires_at, _) = record::split(found.value())?;
        let is_live = expires_at.is_none_or(|at| now < at);
        Ok(if is_live { version } else { Version::ABSENT })
    }

    pub(super) fn next_version(&mut self) -> Version {
        self.counts.version += 1;
        Version(self.counts.version)
    }

    /// Puts an entry and returns what was there, expired or not.
    pub(super) fn insert(&mut self, at: &Address, entry: &Entry) -> Result<Option<Entry>, Failure> {
        let place = key::of(&at.scope, &at.key);
        let old = {
            let old = self
                .entries
                .insert(place.as_slice(), record::encode(entry).as_slice())?;
            old.map(|old| record::decode(old.value())).transpose()?
        };
        let from = old.as_ref().and_then(|old| old.expires_at);
        if from != entry.expires_at {
            self.forget(from, &place)?;
            if let Some(instant) = entry.expires_at {
                let expiry = key::of_expiry(instant, &place);
                self.expiry.insert(expiry.as_slice(), ())?;
            }
        }
        self.counts.entries += u64::from(old.is_none());
        self.counts.bytes += size(at, entry);
        self.counts.bytes -= old.as_ref().map_or(0, |old| size(at, old));
        Ok(old)
    }

    /// Removes an entry and returns it, expired or not.
    pub(super) fn remove(&mut self, at: &Address) -> Result<Option<Entry>, Failure> {
        let place = key::of(&at.scope, &at.key);
        let old = {
            let old = self.entries.remove(place.as_slice())?;
            old.map(|old| record::decode(old.value())).transpose()?
        };
        if let Some(old) = &old {
            self.forget(old.expires_at, &place)?;
            self.counts.entries -= 1;
            self.counts.bytes -= size(at, old);
        }
        Ok(old)
    }

    /// The earliest instant at which an entry expires, and which.
    pub(super) fn next_expiry(&self) -> Result<Option<(UnixMs, Address)>, Failure> {
        let Some((first, _)) = self.expiry.first()? else {
            return Ok(None);
        };
        let (instant, place) = key::expiry(first.value())?;
        Ok(Some((instant, key::address(place)?)))
    }

    fn forget(&mut self, instant: Option<UnixMs>, place: &[u8]) -> Result<(), Failure> {
        if let Some(instant) = instant {
            let expiry = key::of_expiry(instant, place);
            self.expiry.remove(expiry.as_slice())?;
        }
        Ok(())
    }
}

fn size(at: &Address, entry: &Entry) -> u64 {
    let bytes = at.scope.len() + at.key.len() + entry.value.len();
    bytes as u64 + ENTRY_OVERHEAD_BYTES
}
