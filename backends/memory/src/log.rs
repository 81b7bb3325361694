//! The logs: one table behind one lock.

mod apply;
mod table;

use bytes::Bytes;
use iii_ports::lease::Fence;
use iii_ports::log::{Bounds, Change, CommitError, EntryId, Heads, Log, Names, ReadError};
use iii_ports::{Durability, Reply};
use parking_lot::RwLock;
use table::Table;

/// Logs in memory.
///
/// Every operation is done when its call returns, under a lock that is held for as long as the
/// operation takes, so commits are atomic and in the order of their calls.
pub struct MemoryLog {
    bounds: Bounds,
    /// `None` once closed.
    owned: RwLock<Option<Owned>>,
}

/// The entries, and the newest fence that has written them.
#[derive(Default)]
struct Owned {
    table: Table,
    fence: Fence,
}

impl MemoryLog {
    /// An empty store.
    #[must_use]
    pub fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            owned: RwLock::new(Some(Owned::default())),
        }
    }

    fn read<T>(&self, read: impl FnOnce(&Table) -> T) -> Reply<Result<T, ReadError>> {
        let owned = self.owned.read();
        let answer = owned.as_ref().map(|owned| read(&owned.table));
        Reply::ready(answer.ok_or(ReadError::Closed))
    }
}

impl Log for MemoryLog {
    fn durability(&self) -> Durability {
        Durability::None
    }

    fn bounds(&self) -> Bounds {
        self.bounds
    }

    fn commit(&self, fence: Fence, changes: Vec<Change>) -> Reply<Result<(), CommitError>> {
        let mut owned = self.owned.write();
        let Some(owned) = owned.as_mut() else {
            return Reply::ready(Err(CommitError::Closed));
        };
        Reply::ready(owned.commit(fence, changes, &self.bounds))
    }

    fn heads(
        &self,
        log: &str,
        after: Option<EntryId>,
        limit: usize,
    ) -> Reply<Result<Heads, ReadError>> {
        self.read(|table| table.heads(log, after, limit))
    }

    fn bodies(&self, log: &str, ids: &[EntryId]) -> Reply<Result<Vec<Option<Bytes>>, ReadError>> {
        self.read(|table| ids.iter().map(|id| table.body(log, *id)).collect())
    }

    fn names(&self, after: Option<&str>, limit: usize) -> Reply<Result<Names, ReadError>> {
        self.read(|table| table.names(after, limit))
    }

    fn close(&self) -> Reply<()> {
        // The table is dropped outside of the lock: freeing millions of entries takes a while.
        let owned = self.owned.write().take();
        drop(owned);
        Reply::ready(())
    }
}

impl Owned {
    fn commit(
        &mut self,
        given: Fence,
        changes: Vec<Change>,
        bounds: &Bounds,
    ) -> Result<(), CommitError> {
        bounds.check_sizes(&changes)?;
        let newest = self.fence;
        if given < newest {
            return Err(CommitError::Fenced { given, newest });
        }
        apply::apply(&mut self.table, changes, bounds)?;
        self.fence = given;
        Ok(())
    }
}
