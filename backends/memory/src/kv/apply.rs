//! Applying a batch: all of it or nothing.

use super::table::Table;
use iii_ports::UnixMs;
use iii_ports::kv::{
    Address, Batch, Bounds, CommitError, Committed, Condition, Entry, FullOf, Outcome, Version,
    Write,
};

/// Applies a batch whose sizes have been checked.
pub(super) fn apply(
    table: &mut Table,
    batch: Batch,
    bounds: &Bounds,
    now: UnixMs,
) -> Result<Committed, CommitError> {
    check_conditions(table, batch.conditions, now)?;
    let (entries_before, bytes_before) = (table.entries(), table.bytes());
    let mut undo = Vec::with_capacity(batch.writes.len());
    let mut outcomes = Vec::with_capacity(batch.writes.len());
    for write in batch.writes {
        let (at, there) = put_or_remove(table, write);
        let (old, lapsed) = match there.previous {
            Some(entry) if entry.is_live(now) => (Some(entry), None),
            expired => (None, expired),
        };
        outcomes.push(Outcome {
            version: there.version,
            old,
            lapsed,
        });
        undo.push(at);
    }
    let grown = |before: u64, after: u64, max: u64| after > max && after > before;
    let full = if grown(entries_before, table.entries(), bounds.entries_max) {
        FullOf::Entries
    } else if grown(bytes_before, table.bytes(), bounds.bytes_max) {
        FullOf::Bytes
    } else {
        return Ok(Committed { outcomes });
    };
    for (at, outcome) in undo.into_iter().zip(outcomes).rev() {
        match outcome.old.or(outcome.lapsed) {
            Some(entry) => table.insert(&at, entry),
            None => table.remove(&at.scope, &at.key),
        };
    }
    Err(CommitError::Full(full))
}

/// What a write met and made.
struct There {
    previous: Option<Entry>,
    version: Version,
}

fn put_or_remove(table: &mut Table, write: Write) -> (Address, There) {
    match write {
        Write::Put {
            at,
            value,
            expires_at,
        } => {
            let version = table.next_version();
            let previous = table.insert(
                &at,
                Entry {
                    value,
                    version,
                    expires_at,
                },
            );
            (at, There { previous, version })
        }
        Write::Delete { at } => {
            let previous = table.remove(&at.scope, &at.key);
            let version = if previous.is_some() {
                table.next_version()
            } else {
                Version::ABSENT
            };
            (at, There { previous, version })
        }
    }
}

fn check_conditions(
    table: &Table,
    conditions: Vec<Condition>,
    now: UnixMs,
) -> Result<(), CommitError> {
    for (index, condition) in conditions.into_iter().enumerate() {
        let Condition {
            at,
            version: expected,
        } = condition;
        let actual = table
            .live(&at.scope, &at.key, now)
            .map_or(Version::ABSENT, |entry| entry.version);
        if actual != expected {
            return Err(CommitError::Conflict {
                condition: index,
                at,
                expected,
                actual,
            });
        }
    }
    Ok(())
}
