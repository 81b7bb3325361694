//! The entries, in order, with their accounts.

use bytes::Bytes;
use iii_ports::log::{EntryId, Head, Heads, Names};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

/// Bytes counted per entry besides its head and body: its place in the tree, two handles with their
/// reference counts, allocator slack.
const ENTRY_OVERHEAD_BYTES: u64 = 192;
/// The same per log.
const LOG_OVERHEAD_BYTES: u64 = 192;

/// Every entry of the store. A log is there as long as it has one.
#[derive(Default)]
pub(super) struct Table {
    logs: BTreeMap<Arc<str>, BTreeMap<EntryId, Entry>>,
    entries: u64,
    bytes: u64,
}

/// A head with its body.
pub(super) struct Entry {
    pub(super) head: Bytes,
    pub(super) body: Bytes,
}

impl Entry {
    fn bytes(&self) -> u64 {
        self.head.len() as u64 + self.body.len() as u64 + ENTRY_OVERHEAD_BYTES
    }
}

impl Table {
    /// How many entries there are.
    pub(super) fn entries(&self) -> u64 {
        self.entries
    }

    /// How much memory they take, by our count.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Puts an entry and returns what was there.
    pub(super) fn insert(&mut self, log: &Arc<str>, id: EntryId, entry: Entry) -> Option<Entry> {
        if !self.logs.contains_key(log) {
            self.logs.insert(log.clone(), BTreeMap::new());
            self.bytes += log.len() as u64 + LOG_OVERHEAD_BYTES;
        }
        self.entries += 1;
        self.bytes += entry.bytes();
        let old = self.logs.get_mut(log)?.insert(id, entry)?;
        self.entries -= 1;
        self.bytes -= old.bytes();
        Some(old)
    }

    /// Writes the head of an entry that is there, and returns the one it had.
    pub(super) fn update(&mut self, log: &str, id: EntryId, head: Bytes) -> Option<Bytes> {
        let entry = self.logs.get_mut(log)?.get_mut(&id)?;
        self.bytes += head.len() as u64;
        let old = std::mem::replace(&mut entry.head, head);
        self.bytes -= old.len() as u64;
        Some(old)
    }

    /// Removes an entry and returns it.
    pub(super) fn remove(&mut self, log: &str, id: EntryId) -> Option<Entry> {
        let entries = self.logs.get_mut(log)?;
        let old = entries.remove(&id)?;
        self.entries -= 1;
        self.bytes -= old.bytes();
        if entries.is_empty() {
            self.logs.remove(log);
            self.bytes -= log.len() as u64 + LOG_OVERHEAD_BYTES;
        }
        Some(old)
    }

    pub(super) fn heads(&self, log: &str, after: Option<EntryId>, limit: usize) -> Heads {
        let mut page = Heads::default();
        let Some(entries) = self.logs.get(log) else {
            return page;
        };
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        for (id, entry) in entries.range((from, Bound::Unbounded)) {
            if let Some(last) = page.items.last().filter(|_| page.items.len() >= limit) {
                page.next = Some(last.id);
                break;
            }
            page.items.push(Head {
                id: *id,
                head: entry.head.clone(),
                body_len: entry.body.len(),
            });
        }
        page
    }

    pub(super) fn body(&self, log: &str, id: EntryId) -> Option<Bytes> {
        Some(self.logs.get(log)?.get(&id)?.body.clone())
    }

    pub(super) fn names(&self, after: Option<&str>, limit: usize) -> Names {
        let mut page = Names::default();
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        for log in self.logs.range::<str, _>((from, Bound::Unbounded)) {
            if let Some(last) = page.names.last().filter(|_| page.names.len() >= limit) {
                page.next = Some(last.clone());
                break;
            }
            page.names.push(log.0.to_string());
        }
        page
    }
}
