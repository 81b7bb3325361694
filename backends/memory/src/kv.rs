//! The key-value store: one table behind one lock.

mod apply;
mod expiry;
mod table;

use iii_ports::kv::{
    Batch, Bounds, CommitError, Committed, Durability, Entry, Kv, Page, ReadError, Scan,
    ScopesPage, SweepError, Swept,
};
use iii_ports::{Reply, UnixMs};
use parking_lot::RwLock;
use table::Table;

/// A key-value store in memory.
///
/// Every operation is done when its call returns, under a lock that is held for as long as the
/// operation takes, so commits are atomic and in the order of their calls.
pub struct MemoryKv {
    bounds: Bounds,
    /// `None` once closed.
    table: RwLock<Option<Table>>,
}

impl MemoryKv {
    /// An empty store.
    #[must_use]
    pub fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            table: RwLock::new(Some(Table::default())),
        }
    }

    fn read<T>(&self, read: impl FnOnce(&Table) -> T) -> Reply<Result<T, ReadError>> {
        Reply::ready(
            self.table
                .read()
                .as_ref()
                .map(read)
                .ok_or(ReadError::Closed),
        )
    }
}

impl Kv for MemoryKv {
    fn durability(&self) -> Durability {
        Durability::None
    }

    fn bounds(&self) -> Bounds {
        self.bounds
    }

    fn get(&self, scope: &str, key: &str, now: UnixMs) -> Reply<Result<Option<Entry>, ReadError>> {
        self.read(|table| table.live(scope, key, now).cloned())
    }

    fn scan(&self, scan: Scan<'_>, now: UnixMs) -> Reply<Result<Page, ReadError>> {
        self.read(|table| table.scan(scan, now))
    }

    fn scopes(
        &self,
        after: Option<&str>,
        limit: usize,
        now: UnixMs,
    ) -> Reply<Result<ScopesPage, ReadError>> {
        self.read(|table| table.scopes(after, limit, now))
    }

    fn commit(&self, batch: Batch, now: UnixMs) -> Reply<Result<Committed, CommitError>> {
        if let Err(error) = batch.check_sizes(&self.bounds) {
            return Reply::ready(Err(error));
        }
        let mut table = self.table.write();
        Reply::ready(match table.as_mut() {
            None => Err(CommitError::Closed),
            Some(table) => apply::apply(table, batch, &self.bounds, now),
        })
    }

    fn expired(&self, now: UnixMs, limit: usize) -> Reply<Result<Swept, ReadError>> {
        self.read(|table| table.expired(now, limit))
    }

    fn sweep(&self, now: UnixMs, limit: usize) -> Reply<Result<Swept, SweepError>> {
        let mut table = self.table.write();
        Reply::ready(match table.as_mut() {
            None => Err(SweepError::Closed),
            Some(table) => Ok(table.sweep(now, limit)),
        })
    }

    fn close(&self) -> Reply<()> {
        // The table is dropped outside of the lock: freeing millions of entries takes a while.
        let table = self.table.write().take();
        drop(table);
        Reply::ready(())
    }
}
