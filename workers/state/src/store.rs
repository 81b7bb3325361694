//! The worker's side of the store: reads at the present time, and writes whose changes reach the
//! triggers.

use crate::announce::{self, Announced, is_foreign};
use crate::config::Config;
use crate::durable::{DurableWrites, Outbox, Watches};
use crate::error::{self, WriteError};
use crate::lanes::Lanes;
use crate::limits::SWEEP_LIMIT;
use crate::tasks::Tasks;
use crate::trigger::{Change, Feed};
use iii_kit::{HandlerError, TraceContext};
use iii_ports::kv::{
    Batch, Committed, Condition, Entry, Kv, Outcome, Page, ReadError, Removed, Scan, ScopesPage,
    SweepError, Write,
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
    /// What is watched durably.
    pub(crate) watches: Arc<Watches>,
    /// Changes that the queue does not have yet.
    pub(crate) outbox: Arc<Outbox>,
    announced: Announced,
    durable: Arc<DurableWrites>,
    /// Largest value in bytes.
    value_bytes_max: usize,
}

impl Store {
    pub(crate) fn new(
        config: &Config,
        kv: Arc<dyn Kv>,
        clock: Arc<dyn Clock>,
        tasks: Tasks,
    ) -> Self {
        let value_bytes_max = kv.bounds().value_bytes_max;
        let feed = Arc::new(Feed::new(config.into()));
        let announced = Announced {
            kv: Arc::clone(&kv),
            feed: Arc::clone(&feed),
        };
        let watches = Arc::<Watches>::default();
        let outbox = Arc::new(Outbox::new(config.into(), fastrand::u64(..)));
        let durable = DurableWrites {
            announced: announced.clone(),
            clock: Arc::clone(&clock),
            watches: Arc::clone(&watches),
            outbox: Arc::clone(&outbox),
            tasks,
            turns: Lanes::default(),
        };
        Self {
            feed,
            alarm: Alarm::default(),
            lanes: Lanes::default(),
            watches,
            outbox,
            announced,
            durable: Arc::new(durable),
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
        if !self.watches.is_empty() {
            let watched = self.durable.watched(&batch);
            if !watched.is_empty() {
                return self.durable.commit(batch, watched, trace.clone()).await;
            }
        }
        let own = batch.writes.len();
        self.announced.commit(batch, own, now, trace).await
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
        if !self.watches.is_empty() {
            return self.durable.sweep(SWEEP_LIMIT).await;
        }
        let now = self.clock.now();
        let (pass, reply) = self.feed.begin_unknown(|| self.kv.sweep(now, SWEEP_LIMIT));
        let swept = reply.await?;
        if let Some(pass) = pass {
            let gone = |removed: Removed| Change {
                at: removed.at,
                old: Some(removed.entry.value),
                new: None,
            };
            let changes = swept.removed.into_iter().map(gone).collect();
            pass.finish_unknown(&announce::own(changes));
        }
        Ok(swept.next)
    }
}

fn expires_at(write: &Write) -> Option<UnixMs> {
    match write {
        Write::Put { expires_at, .. } => *expires_at,
        Write::Delete { .. } => None,
    }
}
