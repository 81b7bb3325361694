//! The entries, in order, with their accounts.

use super::expiry::ExpiryIndex;
use iii_ports::UnixMs;
use iii_ports::kv::{Address, Entry, Page, Removed, Scan, ScopesPage, Swept, Version};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

/// Bytes counted per entry besides its key and value: tree nodes, reference counts, allocator
/// slack, and its place in the expiry index.
pub(super) const ENTRY_OVERHEAD_BYTES: u64 = 160;
/// The same per scope.
const SCOPE_OVERHEAD_BYTES: u64 = 192;

/// Every entry of the store, expired ones that no sweep has met included.
#[derive(Default)]
pub(super) struct Table {
    scopes: BTreeMap<Arc<str>, Entries>,
    expiry: ExpiryIndex,
    last_version: Version,
    entries: u64,
    bytes: u64,
}

type Entries = BTreeMap<Arc<str>, Entry>;

impl Table {
    /// How many entries there are.
    pub(super) fn entries(&self) -> u64 {
        self.entries
    }

    /// How much memory they take, by our count.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The entry, if it exists at `now`.
    pub(super) fn live(&self, scope: &str, key: &str, now: UnixMs) -> Option<&Entry> {
        self.scopes
            .get(scope)?
            .get(key)
            .filter(|entry| entry.is_live(now))
    }

    pub(super) fn next_version(&mut self) -> Version {
        self.last_version.0 += 1;
        self.last_version
    }

    /// Puts an entry and returns what was there, expired or not.
    pub(super) fn insert(&mut self, at: &Address, entry: Entry) -> Option<Entry> {
        let (bytes, to) = (entry.value.len() as u64, entry.expires_at);
        let slot = self
            .scopes
            .get_mut(at.scope.as_str())
            .and_then(|entries| entries.get_mut(at.key.as_str()));
        let old = if let Some(slot) = slot {
            Some(std::mem::replace(slot, entry))
        } else {
            self.insert_new(at, entry);
            None
        };
        let from = old.as_ref().and_then(|old| old.expires_at);
        if from.is_some() || to.is_some() {
            self.reschedule(at, from, to);
        }
        self.bytes += bytes;
        self.bytes -= old.as_ref().map_or(0, |old| old.value.len() as u64);
        old
    }

    /// Puts an entry where none is; the value's bytes are counted by the caller.
    fn insert_new(&mut self, at: &Address, entry: Entry) {
        let key = at.key.as_str().into();
        if let Some(entries) = self.scopes.get_mut(at.scope.as_str()) {
            entries.insert(key, entry);
        } else {
            let entries = Entries::from([(key, entry)]);
            self.scopes.insert(at.scope.as_str().into(), entries);
            self.bytes += at.scope.len() as u64 + SCOPE_OVERHEAD_BYTES;
        }
        self.entries += 1;
        self.bytes += at.key.len() as u64 + ENTRY_OVERHEAD_BYTES;
    }

    /// Moves an existing entry within the expiry index, which shares the table's names.
    fn reschedule(&mut self, at: &Address, from: Option<UnixMs>, to: Option<UnixMs>) {
        let Some((scope, entries)) = self.scopes.get_key_value(at.scope.as_str()) else {
            return;
        };
        let Some((key, _)) = entries.get_key_value(at.key.as_str()) else {
            return;
        };
        if let Some(from) = from {
            self.expiry.remove(from, scope, key);
        }
        if let Some(to) = to {
            self.expiry.insert(to, scope, key);
        }
    }

    /// Removes an entry and returns it, expired or not.
    pub(super) fn remove(&mut self, scope: &str, key: &str) -> Option<Entry> {
        let entries = self.scopes.get_mut(scope)?;
        let (key, old) = entries.remove_entry(key)?;
        let emptied = entries.is_empty();
        self.entries -= 1;
        self.bytes -= key.len() as u64 + old.value.len() as u64 + ENTRY_OVERHEAD_BYTES;
        if let Some(instant) = old.expires_at
            && let Some((scope, _)) = self.scopes.get_key_value(scope)
        {
            self.expiry.remove(instant, scope, &key);
        }
        if emptied {
            self.scopes.remove(scope);
            self.bytes -= scope.len() as u64 + SCOPE_OVERHEAD_BYTES;
        }
        Some(old)
    }

    pub(super) fn scan(&self, scan: Scan<'_>, now: UnixMs) -> Page {
        let mut page = Page::default();
        let Some(entries) = self.scopes.get(scan.scope) else {
            return page;
        };
        let mut bytes = 0;
        for (key, entry) in entries.range::<str, _>((first_key(&scan), Bound::Unbounded)) {
            if !key.starts_with(scan.prefix) {
                break;
            }
            if !entry.is_live(now) {
                continue;
            }
            bytes += entry.value.len();
            let full = page.items.len() >= scan.limit || bytes > scan.bytes_max;
            if let Some((last, _)) = page.items.last().filter(|_| full) {
                page.next = Some(last.clone());
                break;
            }
            page.items.push((key.to_string(), entry.clone()));
        }
        page
    }

    pub(super) fn scopes(&self, after: Option<&str>, limit: usize, now: UnixMs) -> ScopesPage {
        let mut page = ScopesPage::default();
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        for (scope, entries) in self.scopes.range::<str, _>((from, Bound::Unbounded)) {
            if !entries.values().any(|entry| entry.is_live(now)) {
                continue;
            }
            if let Some(last) = page.scopes.last().filter(|_| page.scopes.len() >= limit) {
                page.next = Some(last.clone());
                break;
            }
            page.scopes.push(scope.to_string());
        }
        page
    }

    /// What a sweep would do.
    pub(super) fn expired(&self, now: UnixMs, limit: usize) -> Swept {
        let mut swept = Swept::default();
        for (instant, scope, key) in self.expiry.iter() {
            if instant > now || swept.removed.len() >= limit {
                swept.next = Some(instant);
                break;
            }
            let entry = self.scopes.get(scope).and_then(|entries| entries.get(key));
            if let Some(entry) = entry {
                let (at, entry) = (Address::new(scope, key), entry.clone());
                swept.removed.push(Removed { at, entry });
            }
        }
        swept
    }

    pub(super) fn sweep(&mut self, now: UnixMs, limit: usize) -> Swept {
        let mut swept = Swept::default();
        while swept.removed.len() < limit
            && let Some((scope, key)) = self.expiry.due(now)
            && let Some(entry) = self.remove(&scope, &key)
        {
            self.next_version();
            let at = Address::new(&*scope, &*key);
            swept.removed.push(Removed { at, entry });
        }
        swept.next = self.expiry.next();
        swept
    }
}

fn first_key<'a>(scan: &Scan<'a>) -> Bound<&'a str> {
    match scan.after {
        Some(after) if after >= scan.prefix => Bound::Excluded(after),
        _ => Bound::Included(scan.prefix),
    }
}
