//! Applying a commit.

use super::{Failure, Tables};
use iii_ports::kv::FullOf;
use iii_ports::lease::Fence;
use iii_ports::log::{Bounds, Change, CommitError};

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
