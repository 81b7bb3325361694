//! Applying a batch.

use super::{Failure, Tables};
use iii_ports::UnixMs;
use iii_ports::kv::{
    Batch, Bounds, CommitError, Committed, Condition, Entry, FullOf, Outcome, Removed, Swept,
    Version, Write,
};

/// Applies a batch whose sizes have been checked. What a refused one has written is taken back by
/// the caller.
pub(super) fn apply(
    tables: &mut Tables<'_>,
    batch: Batch,
    bounds: &Bounds,
    now: UnixMs,
) -> Result<Result<Committed, CommitError>, Failure> {
    if let Some(conflict) = conflict(tables, batch.conditions, now)? {
        return Ok(Err(conflict));
    }
    let before = *tables.counts;
    let mut outcomes = Vec::with_capacity(batch.writes.len());
    for write in batch.writes {
        let (version, previous) = put_or_remove(tables, write)?;
        let (old, lapsed) = match previous {
            Some(entry) if entry.is_live(now) => (Some(entry), None),
            expired => (None, expired),
        };
        outcomes.push(Outcome {
            version,
            old,
            lapsed,
        });
    }
    let after = *tables.counts;
    let grown = |before: u64, after: u64, max: u64| after > max && after > before;
    if grown(before.entries, after.entries, bounds.entries_max) {
        return Ok(Err(CommitError::Full(FullOf::Entries)));
    }
    if grown(before.bytes, after.bytes, bounds.bytes_max) {
        return Ok(Err(CommitError::Full(FullOf::Bytes)));
    }
    Ok(Ok(Committed { outcomes }))
}

/// Removes what has expired, earliest first.
pub(super) fn sweep(tables: &mut Tables<'_>, now: UnixMs, limit: usize) -> Result<Swept, Failure> {
    let mut swept = Swept::default();
    loop {
        let next = tables.next_expiry()?;
        swept.next = next.as_ref().map(|(instant, _)| *instant);
        let Some((instant, at)) = next else {
            return Ok(swept);
        };
        if instant > now || swept.removed.len() >= limit {
            return Ok(swept);
        }
        let Some(entry) = tables.remove(&at)? else {
            return Err(Failure::damaged("an expiry without its entry"));
        };
        tables.next_version();
        swept.removed.push(Removed { at, entry });
    }
}

fn put_or_remove(
    tables: &mut Tables<'_>,
    write: Write,
) -> Result<(Version, Option<Entry>), Failure> {
    match write {
        Write::Put {
            at,
            value,
            expires_at,
        } => {
            let version = tables.next_version();
            let entry = Entry {
                value,
                version,
                expires_at,
            };
            let previous = tables.insert(&at, &entry)?;
            Ok((version, previous))
        }
        Write::Delete { at } => {
            let previous = tables.remove(&at)?;
            let version = match previous {
                Some(_) => tables.next_version(),
                None => Version::ABSENT,
            };
            Ok((version, previous))
        }
    }
}

fn conflict(
    tables: &Tables<'_>,
    conditions: Vec<Condition>,
    now: UnixMs,
) -> Result<Option<CommitError>, Failure> {
    for (index, condition) in conditions.into_iter().enumerate() {
        let Condition {
            at,
            version: expected,
        } = condition;
        let actual = tables.version(&at, now)?;
        if actual != expected {
            return Ok(Some(CommitError::Conflict {
                condition: index,
                at,
                expected,
                actual,
            }));
        }
    }
    Ok(None)
}
