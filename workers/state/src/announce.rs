//! Commits whose changes reach the triggers that are bound now.

use crate::error::WriteError;
use crate::trigger::{Change, Feed};
use bytes::Bytes;
use iii_kit::TraceContext;
use iii_ports::UnixMs;
use iii_ports::kv::{Address, Batch, CommitError, Committed, Entry, Kv, Outcome, Write};
use std::sync::Arc;

/// The store, and the feed of what changes in it. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Announced {
    pub(crate) kv: Arc<dyn Kv>,
    pub(crate) feed: Arc<Feed>,
}

impl Announced {
    /// Commits a batch and announces what its first `own` writes changed.
    pub(crate) async fn commit(
        &self,
        batch: Batch,
        own: usize,
        now: UnixMs,
        trace: &TraceContext,
    ) -> Result<Committed, WriteError> {
        let writes = &batch.writes[..own];
        let Some(room) = self.feed.reserve(writes.iter().map(Write::at))? else {
            return Ok(self.kv.commit(batch, now).await?);
        };
        let written: Vec<_> = writes.iter().map(target).collect();
        let (pass, reply) = self.feed.begin(room, || self.kv.commit(batch, now));
        let committed = reply.await?;
        let changes: Vec<_> = written
            .into_iter()
            .zip(&committed.outcomes)
            .map(|((at, new), outcome)| changes(at, new, outcome))
            .collect();
        pass.finish(&changes, trace);
        Ok(committed)
    }

    /// Commits the removal of what has expired and announces these changes.
    pub(crate) async fn remove(
        &self,
        batch: Batch,
        now: UnixMs,
        changes: Vec<Change>,
    ) -> Result<(), CommitError> {
        let (pass, reply) = self.feed.begin_unknown(|| self.kv.commit(batch, now));
        reply.await?;
        if let Some(pass) = pass {
            pass.finish_unknown(&own(changes));
        }
        Ok(())
    }
}

/// Without what belongs to others.
pub(crate) fn own(changes: Vec<Change>) -> Vec<Change> {
    let mut changes = changes;
    changes.retain(|change| !is_foreign(&change.at.scope));
    changes
}

/// Scopes that begin with a zero byte belong to others who share the store, leases for example.
pub(crate) fn is_foreign(scope: &str) -> bool {
    scope.starts_with('\0')
}

/// Where a write goes and what will be there.
fn target(write: &Write) -> (Address, Option<Bytes>) {
    match write {
        Write::Put { at, value, .. } => (at.clone(), Some(value.clone())),
        Write::Delete { at } => (at.clone(), None),
    }
}

/// What a write changed: first the end of an expired entry that was still there, then its own.
fn changes(at: Address, new: Option<Bytes>, outcome: &Outcome) -> Vec<Change> {
    let value = |entry: &Entry| entry.value.clone();
    let lapsed = outcome.lapsed.as_ref().map(|entry| Change {
        at: at.clone(),
        old: Some(value(entry)),
        new: None,
    });
    let own = Change {
        at,
        old: outcome.old.as_ref().map(value),
        new,
    };
    lapsed.into_iter().chain([own]).collect()
}
