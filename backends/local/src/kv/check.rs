//! Looking whether everything fits together.

use super::tables::size;
use super::{Counts, Failure, key, record};
use crate::store::{Table, View};
use std::ops::Bound;

const ALL: (Bound<&[u8]>, Bound<&[u8]>) = (Bound::Unbounded, Bound::Unbounded);

/// Every entry can be read, is counted, and is among those that expire if it does.
pub(crate) fn check(view: &View, counts: &Counts) -> Result<(), Failure> {
    let mut found = Counts {
        version: counts.version,
        ..Counts::default()
    };
    let mut expiring = 0_u64;
    for entry in view.range(Table::KvEntries, ALL)? {
        let (place, value) = entry?;
        let at = key::address(&place)?;
        let (version, expires_at, bytes) = record::split(&value)?;
        if version.0 > counts.version {
            return Err(Failure::damaged("an entry is newer than the newest"));
        }
        found.entries += 1;
        found.bytes += size(&at, bytes.len());
        if let Some(instant) = expires_at {
            expiring += 1;
            let expiry = key::of_expiry(instant, &place);
            if view.get(Table::KvExpiry, &expiry)?.is_none() {
                return Err(Failure::damaged("an entry that would never expire"));
            }
        }
    }
    let mut listed = 0_u64;
    for expiry in view.range(Table::KvExpiry, ALL)? {
        expiry?;
        listed += 1;
    }
    if listed != expiring {
        return Err(Failure::damaged("an expiry without its entry"));
    }
    if found != *counts {
        let what = format!("entries are miscounted: {found:?} for {counts:?}");
        return Err(Failure::damaged(what));
    }
    Ok(())
}
