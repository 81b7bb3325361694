//! Applying a commit.

use super::{Failure, Tables};
use iii_ports::kv::FullOf;
use iii_ports::lease::Fence;
use iii_ports::log::{Bounds, Change, CommitError};

/// Refuses what is too large for a store of these bounds, whatever it holds.
pub(super) fn check_sizes(changes: &[Change], bounds: &Bounds) -> Result<(), CommitError> {
    if changes.len() > bounds.changes_max {
        return Err(CommitError::TooManyChanges {
            changes: changes.len(),
            limit: bounds.changes_max,
        });
    }
    changes
        .iter()
        .try_for_each(|change| check_change(change, bounds))
}

fn check_change(change: &Change, bounds: &Bounds) -> Result<(), CommitError> {
    let (bytes, limit) = (change.log().len(), bounds.name_bytes_max);
    if bytes > limit {
        return Err(CommitError::NameTooLong { bytes, limit });
    }
    let (head, body) = match change {
        Change::Put { head, body, .. } => (head.len(), body.len()),
        Change::Update { head, .. } => (head.len(), 0),
        Change::Remove { .. } => (0, 0),
    };
    if head > bounds.head_bytes_max {
        return Err(CommitError::HeadTooLarge {
            bytes: head,
            limit: bounds.head_bytes_max,
        });
    }
    if body > bounds.body_bytes_max {
        return Err(CommitError::BodyTooLarge {
            bytes: body,
            limit: bounds.body_bytes_max,
        });
    }
    Ok(())
}

/// Applies changes whose sizes have been checked. What a refused commit has written is taken back
/// by the caller.
pub(super) fn apply(
    tables: &mut Tables<'_>,
    given: Fence,
    changes: Vec<Change>,
    bounds: &Bounds,
) -> Result<Result<(), CommitError>, Failure> {
    let newest = tables.counts.fence;
    if given < newest {
        return Ok(Err(CommitError::Fenced { given, newest }));
    }
    tables.counts.fence = given;
    let before = *tables.counts;
    for change in changes {
        match change {
            Change::Put {
                log,
                id,
                head,
                body,
            } => tables.put(&log, id, &head, body)?,
            Change::Update { log, id, head } => {
                if !tables.update(&log, id, &head)? {
                    let log = log.to_string();
                    return Ok(Err(CommitError::Missing { log, id }));
                }
            }
            Change::Remove { log, id } => tables.remove(&log, id)?,
        }
    }
    let after = *tables.counts;
    let grown = |before: u64, after: u64, max: u64| after > max && after > before;
    if grown(before.entries, after.entries, bounds.entries_max) {
        return Ok(Err(CommitError::Full(FullOf::Entries)));
    }
    if grown(before.bytes, after.bytes, bounds.bytes_max) {
        return Ok(Err(CommitError::Full(FullOf::Bytes)));
    }
    Ok(Ok(()))
}
