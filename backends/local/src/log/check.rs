//! Looking whether everything fits together.

use super::tables::size;
use super::{Counts, Failure, key, record};
use crate::store::{Table, View};
use std::ops::Bound;

const ALL: (Bound<&[u8]>, Bound<&[u8]>) = (Bound::Unbounded, Bound::Unbounded);

/// Every head has its body, every body its head, and all are counted.
pub(crate) fn check(view: &View, counts: &Counts) -> Result<(), Failure> {
    let mut found = Counts {
        fence: counts.fence,
        ..Counts::default()
    };
    let mut bodies = view.range(Table::LogBodies, ALL)?;
    for head in view.range(Table::LogHeads, ALL)? {
        let (place, value) = head?;
        let log = key::log(&place)?;
        let length = record::body_len(&value)?;
        let body = bodies.next().transpose()?;
        if !body.is_some_and(|(of, body)| *of == *place && body.len() == length) {
            let id = key::id(&place)?.0;
            let what = format!("entry {id} of log `{log}` has no body, or another one's");
            return Err(Failure::damaged(what));
        }
        found.entries += 1;
        found.bytes += size(&log, record::head_len(&value), length);
    }
    if bodies.next().is_some() {
        return Err(Failure::damaged("a body without its entry"));
    }
    if found != *counts {
        let what = format!("entries of logs are miscounted: {found:?} for {counts:?}");
        return Err(Failure::damaged(what));
    }
    Ok(())
}
