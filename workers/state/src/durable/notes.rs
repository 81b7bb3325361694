//! What a batch will change, from what is there before it.

use super::row::Noted;
use super::watches::Watches;
use crate::trigger::Change;
use iii_ports::UnixMs;
use iii_ports::kv::{Address, Entry, Removed, Version, Write};
use std::collections::BTreeMap;

/// The entries that are watched, as they are in the store, expired or not.
pub(super) type Past = BTreeMap<Address, Option<Entry>>;

/// The version that a condition sees.
pub(super) fn version(entry: Option<&Entry>, now: UnixMs) -> Version {
    let live = entry.filter(|entry| entry.is_live(now));
    live.map_or(Version::ABSENT, |entry| entry.version)
}

/// The changes that writes make to watched entries, in order.
pub(super) fn of_writes(
    writes: &[Write],
    mut past: Past,
    now: UnixMs,
    watches: &Watches,
) -> Vec<Noted> {
    let mut notes = Vec::new();
    for write in writes {
        let at = write.at();
        let Some(there) = past.get_mut(at) else {
            continue;
        };
        let (old, lapsed) = match there.take() {
            Some(entry) if entry.is_live(now) => (Some(entry), None),
            expired => (None, expired),
        };
        if let Write::Put {
            value, expires_at, ..
        } = write
        {
            *there = Some(Entry {
                value: value.clone(),
                version: Version::ABSENT,
                expires_at: *expires_at,
            });
        }
        let value = |entry: &Entry| entry.value.clone();
        let lapse = lapsed.map(|entry| Change {
            at: at.clone(),
            old: Some(entry.value),
            new: None,
        });
        let own = Change {
            at: at.clone(),
            old: old.as_ref().map(value),
            new: there.as_ref().map(value),
        };
        notes.extend(lapse.into_iter().chain([own]));
    }
    noted(notes, watches)
}

/// The ends of expired entries that are watched.
pub(super) fn of_removed(removed: &[Removed], watches: &Watches) -> Vec<Noted> {
    let gone = removed.iter().map(|Removed { at, entry }| Change {
        at: at.clone(),
        old: Some(entry.value.clone()),
        new: None,
    });
    noted(gone.collect(), watches)
}

fn noted(changes: Vec<Change>, watches: &Watches) -> Vec<Noted> {
    let real = changes.into_iter().filter(Change::is_real);
    let with_topics = real.map(|change| Noted {
        topics: watches.topics(&change.at),
        change,
    });
    with_topics
        .filter(|noted| !noted.topics.is_empty())
        .collect()
}
