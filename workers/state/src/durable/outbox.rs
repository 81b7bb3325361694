//! How much waits for the queue, and how rows get their names.

use super::OUTBOX;
use super::row;
use crate::config::Config;
use crate::error::WriteError;
use iii_ports::UnixMs;
use iii_ports::kv::{Kv, Page, ReadError, Scan};
use parking_lot::Mutex;
use tokio::sync::Notify;

/// Rows looked at at a time, at the start.
const PAGE: usize = 1024;
const PAGE_BYTES: usize = 8 << 20;

/// How much may wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) writes_max: usize,
    pub(crate) bytes_max: usize,
}

impl From<&Config> for Bounds {
    fn from(config: &Config) -> Self {
        Self {
            writes_max: config.durable_writes_max,
            bytes_max: config.durable_bytes_max,
        }
    }
}

/// The changes that the queue does not have yet; they are in the store.
pub(crate) struct Outbox {
    bounds: Bounds,
    /// Makes names of rows one of their kind.
    run: u64,
    counts: Mutex<Counts>,
    news: Notify,
}

#[derive(Default)]
struct Counts {
    sequence: u64,
    waiting: Waiting,
}

/// What waits, or will.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) writes: usize,
    pub(crate) bytes: usize,
}

impl Outbox {
    pub(crate) fn new(bounds: Bounds, run: u64) -> Self {
        Self {
            bounds,
            run,
            counts: Mutex::default(),
            news: Notify::new(),
        }
    }

    /// Finds out what a worker before this one has left.
    pub(super) async fn load(&self, kv: &dyn Kv) -> Result<(), ReadError> {
        let mut after: Option<String> = None;
        loop {
            let page = page(kv, after.as_deref(), PAGE, PAGE_BYTES).await?;
            let mut counts = self.counts.lock();
            for (key, entry) in &page.items {
                let place = row::Place::of_key(key);
                let is_first = place.as_ref().is_some_and(|place| place.part == 0);
                counts.waiting.writes += usize::from(is_first);
                counts.waiting.bytes += entry.value.len();
                let sequence = row::sequence(key).unwrap_or_default();
                counts.sequence = counts.sequence.max(sequence);
            }
            drop(counts);
            after = page.next;
            if after.is_none() {
                self.news.notify_one();
                return Ok(());
            }
        }
    }

    /// The name of a new row, behind those of all before it.
    pub(super) fn next_name(&self, now: UnixMs) -> String {
        let mut counts = self.counts.lock();
        counts.sequence = (counts.sequence + 1).max(now.0.saturating_mul(1000));
        row::name(counts.sequence, self.run)
    }

    /// Counts a write whose changes will wait, unless too much waits already.
    pub(super) fn enter(&self, bytes: usize) -> Result<Entered<'_>, WriteError> {
        let counts = self.counts.lock();
        let Bounds {
            writes_max,
            bytes_max,
        } = self.bounds;
        // One that is larger than the bound alone would otherwise never come in.
        let is_too_much = counts.waiting.bytes > 0 && counts.waiting.bytes + bytes > bytes_max;
        if counts.waiting.writes >= writes_max || is_too_much {
            let writes = counts.waiting.writes;
            return Err(WriteError::OutboxFull { writes });
        }
        drop(counts);
        Ok(self.enter_anyway(bytes))
    }

    /// Counts a write whose changes will wait, however much does.
    pub(super) fn enter_anyway(&self, bytes: usize) -> Entered<'_> {
        let mut counts = self.counts.lock();
        counts.waiting.writes += 1;
        counts.waiting.bytes += bytes;
        Entered {
            outbox: self,
            bytes,
            is_written: false,
        }
    }

    /// A row is gone from the store.
    pub(super) fn left(&self, bytes: usize) {
        let mut counts = self.counts.lock();
        let waiting = &mut counts.waiting;
        waiting.writes = waiting.writes.saturating_sub(1);
        waiting.bytes = waiting.bytes.saturating_sub(bytes);
    }

    /// What waits now.
    pub(crate) fn waiting(&self) -> Waiting {
        self.counts.lock().waiting
    }

    /// Waits until there may be something new.
    pub(super) async fn news(&self) {
        self.news.notified().await;
    }
}

/// The next parts of rows, the oldest first.
pub(super) async fn page(
    kv: &dyn Kv,
    after: Option<&str>,
    limit: usize,
    bytes_max: usize,
) -> Result<Page, ReadError> {
    let scan = Scan {
        scope: OUTBOX,
        prefix: "",
        after,
        limit,
        bytes_max,
    };
    kv.scan(scan, UnixMs(0)).await
}

/// A write that has been counted.
#[must_use]
pub(super) struct Entered<'a> {
    outbox: &'a Outbox,
    bytes: usize,
    is_written: bool,
}

impl Entered<'_> {
    /// The row is in the store.
    pub(super) fn written(mut self) {
        self.is_written = true;
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        if !self.is_written {
            self.outbox.left(self.bytes);
        }
        // Also after a failure: a disk that failed may have the row all the same.
        self.outbox.news.notify_one();
    }
}
