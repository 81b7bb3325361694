//! Reading what has been acknowledged.

use super::{Failure, key, record};
use crate::store::{Table, View};
use iii_ports::UnixMs;
use iii_ports::kv::{Entry, Page, Removed, Scan, ScopesPage, Swept};
use std::ops::Bound;

pub(super) fn get(
    view: &View,
    scope: &str,
    name: &str,
    now: UnixMs,
) -> Result<Option<Entry>, Failure> {
    let Some(found) = view.get(Table::KvEntries, &key::of(scope, name))? else {
        return Ok(None);
    };
    Ok(Some(record::decode(found.into_bytes())?).filter(|entry| entry.is_live(now)))
}

pub(super) fn scan(view: &View, scan: Scan<'_>, now: UnixMs) -> Result<Page, Failure> {
    let first = match scan.after {
        Some(after) if after >= scan.prefix => Bound::Excluded(key::of(scan.scope, after)),
        _ => Bound::Included(key::of(scan.scope, scan.prefix)),
    };
    let first = first.as_ref().map(Vec::as_slice);
    let end = key::behind_scope(scan.scope);
    let mut page = Page::default();
    let mut bytes = 0;
    for found in view.range(Table::KvEntries, (first, Bound::Excluded(end.as_slice())))? {
        let (place, value) = found?;
        let at = key::address(&place)?;
        if !at.key.starts_with(scan.prefix) {
            break;
        }
        let (_, expires_at, value_bytes) = record::split(&value)?;
        if expires_at.is_some_and(|at| at <= now) {
            continue;
        }
        bytes += value_bytes.len();
        let full = page.items.len() >= scan.limit || bytes > scan.bytes_max;
        if let Some((last, _)) = page.items.last().filter(|_| full) {
            page.next = Some(last.clone());
            break;
        }
        page.items
            .push((at.key, record::decode(value.into_bytes())?));
    }
    Ok(page)
}

pub(super) fn scopes(
    view: &View,
    after: Option<&str>,
    limit: usize,
    now: UnixMs,
) -> Result<ScopesPage, Failure> {
    let mut page = ScopesPage::default();
    let mut from = after.map_or_else(Vec::new, key::behind_scope);
    // One step for each scope, and one for each expired entry in front of its first live one.
    loop {
        let mut rest = view.range(
            Table::KvEntries,
            (Bound::Included(from.as_slice()), Bound::Unbounded),
        )?;
        let Some(found) = rest.next() else {
            return Ok(page);
        };
        let (place, value) = found?;
        let at = key::address(&place)?;
        let (_, expires_at, _) = record::split(&value)?;
        if expires_at.is_some_and(|at| at <= now) {
            from = place.to_vec();
            from.push(0);
            continue;
        }
        if let Some(last) = page.scopes.last().filter(|_| page.scopes.len() >= limit) {
            page.next = Some(last.clone());
            return Ok(page);
        }
        from = key::behind_scope(&at.scope);
        page.scopes.push(at.scope);
    }
}

/// What a sweep would do.
pub(super) fn expired(view: &View, now: UnixMs, limit: usize) -> Result<Swept, Failure> {
    let mut swept = Swept::default();
    let all = (Bound::Unbounded, Bound::Unbounded);
    for found in view.range(Table::KvExpiry, all)? {
        let (expiry, _) = found?;
        let (instant, place) = key::expiry(&expiry)?;
        if instant > now || swept.removed.len() >= limit {
            swept.next = Some(instant);
            break;
        }
        let Some(found) = view.get(Table::KvEntries, place)? else {
            return Err(Failure::damaged("an expiry without its entry"));
        };
        let entry = record::decode(found.into_bytes())?;
        let at = key::address(place)?;
        swept.removed.push(Removed { at, entry });
    }
    Ok(swept)
}
