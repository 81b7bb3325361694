//! The worker's side of the store: reads at the present time, and writes whose changes reach the
//! triggers.

use crate::config::Config;
use crate::error::{self, WriteError};
use crate::lanes::Lanes;
use crate::limits::SWEEP_LIMIT;
use crate::trigger::{Change, Feed};
use bytes::Bytes;
use iii_kit::{HandlerError, TraceContext};
use iii_ports::kv::{
    Address, Batch, Committed, Condition, Entry, Kv, Outcome, Page, ReadError, Removed, Scan,
    ScopesPage, SweepError, Write,
};
use iii_ports::{Alarm, Clock, UnixMs};
use std::sync::Arc;
use std::time::Duration;

/// What every function works on.
pub(crate) struct Store {
    kv: Arc<dyn Kv>,
    clock: Arc<dyn Clock>,
    /// Changes, for triggers.
    pub(crate) feed: Arc<Feed>,
    /// Tells the sweeper when entries expire.
    pub(crate) alarm: Alarm,
    /// Lets updates of one entry take turns.
    pub(crate) lanes: Lanes,
    /// Largest value in bytes.
    value_bytes_max: usize,
}

impl Store {
    pub(crate) fn new(config: &Config, kv: Arc<dyn Kv>, clock: Arc<dyn Clock>) -> Self {
        let value_bytes_max = kv.bounds().value_bytes_max;
        Self {
            feed: Arc::new(Feed::new(config.into())),
            alarm: Alarm::default(),
            lanes: Lanes::default(),
            value_bytes_max: config
                .max_value_bytes
                .unwrap_or(usize::MAX)
                .min(value_bytes_max),
            kv,
            clock,
        }
    }

    /// The worker's clock.
    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// When an entry written now with this time to live expires.
    pub(crate) fn expiry(&self, ttl: Option<Duration>) -> Option<UnixMs> {
        ttl.map(|ttl| self.clock.now().after(ttl))
    }

    /// Refuses a value that is larger than the worker takes.
    pub(crate) fn check_value(&self, bytes: usize) -> Result<(), HandlerError> {
        if bytes > self.value_bytes_max {
            return Err(error::too_large(bytes, self.value_bytes_max));
        }
        Ok(())
    }

    /// Most conditions or writes of one batch.
    pub(crate) fn batch_items_max(&self) -> usize {
        self.kv.bounds().batch_items_max
    }

    pub(crate) async fn get(&self, scope: &str, key: &str) -> Result<Option<Entry>, ReadError> {
        if is_foreign(scope) {
            return Ok(None);
        }
        self.kv.get(scope, key, self.clock.now()).await
    }

    pub(crate) async fn scan(&self, scan: Scan<'_>) -> Result<Page, ReadError> {
        if is_foreign(scan.scope) {
            return Ok(Page::default());
        }
        self.kv.scan(scan, self.clock.now()).await
    }

    pub(crate) async fn scopes(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<ScopesPage, ReadError> {
        let page = self.kv.scopes(after, limit, self.clock.now()).await;
        page.map(|mut page| {
            page.scopes.retain(|scope| !is_foreign(scope));
            page
        })
    }

    /// Commits a batch and announces what it changed.
    pub(crate) async fn commit(
        &self,
        batch: Batch,
        trace: &TraceContext,
    ) -> Result<Committed, WriteError> {
        let now = self.clock.now();
        let mut scopes = batch.writes.iter().map(|write| &write.at().scope);
        if scopes.any(|scope| is_foreign(scope)) {
            return Err(WriteError::Foreign);
        }
        if let Some(soonest) = batch.writes.iter().filter_map(expires_at).min() {
            // Before the commit: a caller that goes away meanwhile must not leave an entry that
            // nobody sweeps. Waking up for nothing does no harm.
            self.alarm.set(soonest);
        }
        let Some(room) = self.feed.reserve(batch.writes.iter().map(Write::at))? else {
            return Ok(self.kv.commit(batch, now).await?);
        };
        let written: Vec<_> = batch.writes.iter().map(target).collect();
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

    /// Commits a batch of one write.
    pub(crate) async fn commit_one(
        &self,
        conditions: Vec<Condition>,
        write: Write,
        trace: &TraceContext,
    ) -> Result<Outcome, WriteError> {
        let batch = Batch {
            conditions,
            writes: vec![write],
        };
        let outcomes = self.commit(batch, trace).await?.outcomes;
        Ok(outcomes
            .into_iter()
            .next()
            .expect("a batch of one write has one outcome"))
    }

    /// Removes entries that have expired and announces it; returns when the next ones will.
    pub(crate) async fn sweep(&self) -> Result<Option<UnixMs>, SweepError> {
        let now = self.clock.now();
        let (pass, reply) = self.feed.begin_unknown(|| self.kv.sweep(now, SWEEP_LIMIT));
        let swept = reply.await?;
        if let Some(pass) = pass {
            let gone = |removed: Removed| Change {
                at: removed.at,
                old: Some(removed.entry.value),
                new: None,
            };
            let own = swept.removed.into_iter();
            let own = own.filter(|removed| !is_foreign(&removed.at.scope));
            let changes: Vec<_> = own.map(gone).collect();
            pass.finish_unknown(&changes);
        }
        Ok(swept.next)
    }
}

/// Scopes that begin with a zero byte belong to others who share the store, leases for example.
fn is_foreign(scope: &str) -> bool {
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

fn expires_at(write: &Write) -> Option<UnixMs> {
    match write {
        Write::Put { expires_at, .. } => *expires_at,
        Write::Delete { .. } => None,
    }
}
