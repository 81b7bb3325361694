//! A store so simple that it is right by inspection.

use crate::UnixMs;
use crate::kv::{Batch, Condition, Entry, Version, Write};
use std::collections::BTreeMap;

#[derive(Default)]
pub(super) struct Model {
    pub(super) entries: BTreeMap<(String, String), Entry>,
    pub(super) last_version: Version,
}

/// What a write should have met: the old entry and the lapsed one.
pub(super) type Met = (Option<Entry>, Option<Entry>);

impl Model {
    pub(super) fn get(&self, scope: &str, key: &str, now: UnixMs) -> Option<&Entry> {
        let entry = self.entries.get(&(scope.to_owned(), key.to_owned()))?;
        entry.is_live(now).then_some(entry)
    }

    pub(super) fn version(&self, scope: &str, key: &str, now: UnixMs) -> Version {
        self.get(scope, key, now)
            .map_or(Version::ABSENT, |entry| entry.version)
    }

    /// The first condition that does not hold.
    pub(super) fn failing(&self, batch: &Batch, now: UnixMs) -> Option<usize> {
        batch
            .conditions
            .iter()
            .position(|Condition { at, version }| self.version(&at.scope, &at.key, now) != *version)
    }

    /// Applies one write that took `version` in the real store.
    pub(super) fn write(&mut self, write: &Write, version: Version, now: UnixMs) -> Met {
        let at = (write.at().scope.clone(), write.at().key.clone());
        let previous = match write {
            Write::Delete { .. } => self.entries.remove(&at),
            Write::Put {
                value, expires_at, ..
            } => {
                let value = value.clone();
                self.entries.insert(
                    at,
                    Entry {
                        value,
                        version,
                        expires_at: *expires_at,
                    },
                )
            }
        };
        match previous {
            Some(entry) if entry.is_live(now) => (Some(entry), None),
            expired => (None, expired),
        }
    }

    pub(super) fn scan(&self, scope: &str, prefix: &str, now: UnixMs) -> Vec<(String, Entry)> {
        self.entries
            .iter()
            .filter(|((s, k), entry)| s == scope && k.starts_with(prefix) && entry.is_live(now))
            .map(|((_, key), entry)| (key.clone(), entry.clone()))
            .collect()
    }

    pub(super) fn scopes(&self, now: UnixMs) -> Vec<String> {
        let live = self.entries.iter().filter(|(_, entry)| entry.is_live(now));
        let mut scopes: Vec<_> = live.map(|((scope, _), _)| scope.clone()).collect();
        scopes.dedup();
        scopes
    }

    pub(super) fn next_expiry(&self) -> Option<UnixMs> {
        self.entries
            .values()
            .filter_map(|entry| entry.expires_at)
            .min()
    }
}
