//! Applying a commit: all of it or nothing.

use super::table::{Entry, Table};
use bytes::Bytes;
use iii_ports::kv::FullOf;
use iii_ports::log::{Bounds, Change, CommitError, EntryId};
use std::sync::Arc;

/// Applies changes whose sizes have been checked.
pub(super) fn apply(
    table: &mut Table,
    changes: Vec<Change>,
    bounds: &Bounds,
) -> Result<(), CommitError> {
    let (entries, bytes) = (table.entries(), table.bytes());
    let mut undo = Vec::with_capacity(changes.len());
    for change in changes {
        match apply_one(table, change) {
            Ok(done) => undo.push(done),
            Err(error) => {
                take_back(table, undo);
                return Err(error);
            }
        }
    }
    let grown = |before: u64, after: u64, max: u64| after > max && after > before;
    let full = if grown(entries, table.entries(), bounds.entries_max) {
        FullOf::Entries
    } else if grown(bytes, table.bytes(), bounds.bytes_max) {
        FullOf::Bytes
    } else {
        return Ok(());
    };
    take_back(table, undo);
    Err(CommitError::Full(full))
}

/// What takes a change back.
struct Done {
    log: Arc<str>,
    id: EntryId,
    before: Before,
}

enum Before {
    /// This entry was there, or none.
    Entry(Option<Entry>),
    /// The entry had this head.
    Head(Bytes),
}

fn apply_one(table: &mut Table, change: Change) -> Result<Done, CommitError> {
    let (log, id, before) = match change {
        Change::Put {
            log,
            id,
            head,
            body,
        } => {
            let before = table.insert(&log, id, Entry { head, body });
            (log, id, Before::Entry(before))
        }
        Change::Update { log, id, head } => {
            let Some(before) = table.update(&log, id, head) else {
                let log = log.to_string();
                return Err(CommitError::Missing { log, id });
            };
            (log, id, Before::Head(before))
        }
        Change::Remove { log, id } => {
            let before = table.remove(&log, id);
            (log, id, Before::Entry(before))
        }
    };
    Ok(Done { log, id, before })
}

fn take_back(table: &mut Table, undo: Vec<Done>) {
    for Done { log, id, before } in undo.into_iter().rev() {
        match before {
            Before::Entry(Some(entry)) => {
                table.insert(&log, id, entry);
            }
            Before::Entry(None) => {
                table.remove(&log, id);
            }
            Before::Head(head) => {
                table.update(&log, id, head);
            }
        }
    }
}
