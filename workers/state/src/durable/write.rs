//! Writes that note what they change.

use super::OUTBOX;
use super::notes::{self, Past};
use super::outbox::Outbox;
use super::row::{self, Noted, Place};
use super::watches::Watches;
use crate::announce::Announced;
use crate::error::WriteError;
use crate::lanes::Lanes;
use crate::limits::UPDATE_ATTEMPTS_MAX;
use crate::tasks::Tasks;
use crate::trigger::Change;
use bytes::Bytes;
use iii_kit::TraceContext;
use iii_ports::kv::{
    Address, Batch, CommitError, Committed, Condition, ReadError, Removed, SweepError, Write,
};
use iii_ports::{Clock, UnixMs};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::oneshot;

/// Sees expired entries that are still there.
const ALWAYS: UnixMs = UnixMs(0);

/// Commits whose changes are in the outbox as soon as they are in the store, and only then.
///
/// What an entry was before is not known before its commit, and the store runs nobody's code
/// (ADR 0007). So a watched entry is read first, and written on condition that it is still so.
/// Writers of one entry take turns, so that this seldom fails.
pub(crate) struct DurableWrites {
    pub(crate) announced: Announced,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) watches: Arc<Watches>,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) tasks: Tasks,
    pub(crate) turns: Lanes,
}

impl DurableWrites {
    /// The entries of a batch that somebody watches durably.
    pub(crate) fn watched(&self, batch: &Batch) -> BTreeSet<Address> {
        let written = batch.writes.iter().map(Write::at);
        written
            .filter(|at| self.watches.is_watched(at))
            .cloned()
            .collect()
    }

    /// Commits a batch that writes these watched entries.
    pub(crate) async fn commit(
        self: &Arc<Self>,
        batch: Batch,
        watched: BTreeSet<Address>,
        trace: TraceContext,
    ) -> Result<Committed, WriteError> {
        // A caller that goes away must not leave a commit on its way that nobody knows of.
        let (tell, told) = oneshot::channel();
        let this = Arc::clone(self);
        self.tasks.spawn(async move {
            let committed = this.commit_in_turn(&batch, &watched, &trace).await;
            let _ = tell.send(committed);
        });
        told.await
            .unwrap_or(Err(WriteError::Store(CommitError::Closed)))
    }

    async fn commit_in_turn(
        &self,
        batch: &Batch,
        watched: &BTreeSet<Address>,
        trace: &TraceContext,
    ) -> Result<Committed, WriteError> {
        let _turn = self.turns.enter(watched.iter()).await;
        for _ in 0..UPDATE_ATTEMPTS_MAX {
            let now = self.clock.now();
            let past = self.read(watched).await?;
            let mut extended = batch.clone();
            let conditions = past.iter().map(|(at, entry)| Condition {
                at: at.clone(),
                version: notes::version(entry.as_ref(), now),
            });
            extended.conditions.extend(conditions);
            let noted = notes::of_writes(&batch.writes, past, now, &self.watches);
            let rows = self.rows(&noted, trace, now);
            let entered = match &rows {
                Some(rows) => Some(self.outbox.enter(rows.bytes)?),
                None => None,
            };
            extended
                .writes
                .extend(rows.into_iter().flat_map(|rows| rows.writes));
            let own = batch.writes.len();
            match self.announced.commit(extended, own, now, trace).await {
                Ok(mut committed) => {
                    if let Some(entered) = entered {
                        entered.written();
                    }
                    committed.outcomes.truncate(own);
                    return Ok(committed);
                }
                Err(WriteError::Store(CommitError::Conflict { condition, .. }))
                    if condition >= batch.conditions.len() => {}
                Err(error) => return Err(error),
            }
        }
        Err(WriteError::Contended)
    }

    async fn read(&self, watched: &BTreeSet<Address>) -> Result<Past, WriteError> {
        let mut past = Past::new();
        for at in watched {
            let read = self.announced.kv.get(&at.scope, &at.key, ALWAYS).await;
            let entry = read.map_err(|error| match error {
                ReadError::Closed => CommitError::Closed,
                ReadError::Io(text) => CommitError::Io(text),
            })?;
            past.insert(at.clone(), entry);
        }
        Ok(past)
    }

    /// Removes what has expired, as a sweep does; when the next entry expires.
    pub(crate) async fn sweep(&self, limit: usize) -> Result<Option<UnixMs>, SweepError> {
        let now = self.clock.now();
        // Each removal is a write with a condition, and the row is a few more.
        let limit = limit.min(self.announced.kv.bounds().batch_items_max / 2);
        let expired = self.announced.kv.expired(now, limit).await;
        let expired = expired.map_err(|error| match error {
            ReadError::Closed => SweepError::Closed,
            ReadError::Io(text) => SweepError::Io(text),
        })?;
        let mut removed = expired.removed;
        let watched: BTreeSet<Address> = removed
            .iter()
            .map(|it| &it.at)
            .filter(|at| self.watches.is_watched(at))
            .cloned()
            .collect();
        let _turn = self.turns.enter(watched.iter()).await;
        while !removed.is_empty() {
            match self.remove(&removed, now).await {
                Ok(()) => break,
                // It was written anew, which ended that expiry.
                Err(CommitError::Conflict { at, .. }) => removed.retain(|it| it.at != at),
                Err(CommitError::Closed) => return Err(SweepError::Closed),
                Err(error) => return Err(SweepError::Io(error.to_string())),
            }
        }
        Ok(expired.next)
    }

    async fn remove(&self, removed: &[Removed], now: UnixMs) -> Result<(), CommitError> {
        let noted = notes::of_removed(removed, &self.watches);
        let rows = self.rows(&noted, &TraceContext::default(), now);
        let condition = |it: &Removed| Condition {
            at: it.at.clone(),
            version: it.entry.version,
        };
        let delete = |it: &Removed| Write::Delete { at: it.at.clone() };
        let mut batch = Batch {
            conditions: removed.iter().map(condition).collect(),
            writes: removed.iter().map(delete).collect(),
        };
        // An expiry cannot be refused, however much waits.
        let entered = rows
            .as_ref()
            .map(|rows| self.outbox.enter_anyway(rows.bytes));
        batch
            .writes
            .extend(rows.into_iter().flat_map(|rows| rows.writes));
        let changes = removed.iter().map(|it| Change {
            at: it.at.clone(),
            old: Some(it.entry.value.clone()),
            new: None,
        });
        self.announced
            .remove(batch, ALWAYS, changes.collect())
            .await?;
        if let Some(entered) = entered {
            entered.written();
        }
        Ok(())
    }

    /// What is written into the outbox for these changes.
    fn rows(&self, noted: &[Noted], trace: &TraceContext, now: UnixMs) -> Option<Rows> {
        if noted.is_empty() {
            return None;
        }
        let row = self.outbox.next_name(now);
        let text = row::write(&row, noted, trace);
        let part_max = self.announced.kv.bounds().value_bytes_max.max(1);
        let parts = text.len().div_ceil(part_max);
        let write = |part: usize| {
            let end = text.len().min((part + 1) * part_max);
            let place = Place {
                row: row.clone(),
                part,
                parts,
            };
            Write::Put {
                at: Address::new(OUTBOX, place.to_key()),
                value: Bytes::copy_from_slice(&text[part * part_max..end]),
                expires_at: None,
            }
        };
        Some(Rows {
            bytes: text.len(),
            writes: (0..parts).map(write).collect(),
        })
    }
}

/// A row, ready to be written.
struct Rows {
    bytes: usize,
    writes: Vec<Write>,
}
