//! Reading what has been acknowledged.

use super::{Failure, key, record};
use crate::store::{Found, Table, View};
use bytes::Bytes;
use iii_ports::log::{EntryId, Head, Heads, Names};
use std::ops::Bound;

pub(super) fn heads(
    view: &View,
    log: &str,
    after: Option<EntryId>,
    limit: usize,
) -> Result<Heads, Failure> {
    let first = after.map(|after| key::of(log, after));
    let start = key::of_log(log);
    let first = match &first {
        Some(after) => Bound::Excluded(after.as_ref()),
        None => Bound::Included(start.as_slice()),
    };
    let end = key::behind_log(log);
    let mut page = Heads::default();
    for found in view.range(Table::LogHeads, (first, Bound::Excluded(end.as_slice())))? {
        let (place, value) = found?;
        if let Some(last) = page.items.last().filter(|_| page.items.len() >= limit) {
            page.next = Some(last.id);
            break;
        }
        let (head, body_len) = record::decode(value.into_bytes())?;
        let id = key::id(&place)?;
        page.items.push(Head { id, head, body_len });
    }
    Ok(page)
}

pub(super) fn bodies(
    view: &View,
    log: &str,
    ids: &[EntryId],
) -> Result<Vec<Option<Bytes>>, Failure> {
    let body = |id: &EntryId| {
        let found = view.get(Table::LogBodies, &key::of(log, *id))?;
        Ok(found.map(Found::into_bytes))
    };
    ids.iter().map(body).collect()
}

pub(super) fn names(view: &View, after: Option<&str>, limit: usize) -> Result<Names, Failure> {
    let mut page = Names::default();
    let mut from = after.map_or_else(Vec::new, key::behind_log);
    // One step for each log.
    loop {
        let rest = (Bound::Included(from.as_slice()), Bound::Unbounded);
        let Some(found) = view.range(Table::LogHeads, rest)?.next() else {
            return Ok(page);
        };
        let (place, _) = found?;
        if let Some(last) = page.names.last().filter(|_| page.names.len() >= limit) {
            page.next = Some(last.clone());
            return Ok(page);
        }
        let name = key::log(&place)?;
        from = key::behind_log(&name);
        page.names.push(name);
    }
}
