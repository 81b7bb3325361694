//! The key-value port.

mod batch;
mod bounds;
mod entry;
mod error;
mod scan;

use crate::{Reply, UnixMs};

pub use crate::Durability;

pub use batch::{Batch, Committed, Condition, Outcome, Removed, Swept, Write};
pub use bounds::{Bounds, FullOf};
pub use entry::{Address, Entry, Version};
pub use error::{CommitError, ReadError, SweepError};
pub use scan::{Page, Scan, ScopesPage};

/// An ordered, versioned store of opaque values under `(scope, key)`, with expiry and atomic
/// conditional batches.
///
/// # Contract
/// * **Order.** A commit or sweep takes its place in line before the call returns; the reply may be
///   awaited at any later time, or dropped. Two that touch the same entry are applied in the order
///   of their calls.
/// * **Atomic.** A commit is applied as a whole or not at all, and nobody sees half of it.
/// * **Acknowledged.** A commit is answered once it has the store's [`Durability`]; many commits in
///   line may share one flush. A read sees every commit that was answered before the read was
///   asked for, and nothing that a crash could still take back.
/// * **Versions.** Every put and every removal of an entry takes the next version of the store, so
///   versions grow strictly, in a batch in the order of its writes, and are never used twice.
///   Failed commits change nothing.
/// * **Expiry.** An entry whose instant is not later than the caller's `now` does not exist for
///   that caller: reads and conditions do not see it. It is removed, once, by a sweep or by a write
///   to the same entry, and whichever removes it says so.
/// * **Memory.** The store may keep the bytes of a value as they are given, so a writer hands over
///   values with memory of their own and not slices of larger buffers.
///
/// The store announces no changes: whoever owns it knows them from the outcomes of its commits and
/// sweeps.
pub trait Kv: Send + Sync {
    /// What an acknowledgement is worth.
    fn durability(&self) -> Durability;

    /// The store's limits.
    fn bounds(&self) -> Bounds;

    /// Reads one entry.
    fn get(&self, scope: &str, key: &str, now: UnixMs) -> Reply<Result<Option<Entry>, ReadError>>;

    /// Reads the next entries of a scope, in the byte order of their keys.
    fn scan(&self, scan: Scan<'_>, now: UnixMs) -> Reply<Result<Page, ReadError>>;

    /// Names the next scopes that hold an entry, in byte order, beginning behind `after`; at most
    /// `limit`.
    fn scopes(
        &self,
        after: Option<&str>,
        limit: usize,
        now: UnixMs,
    ) -> Reply<Result<ScopesPage, ReadError>>;

    /// Applies a batch if all of its conditions hold.
    fn commit(&self, batch: Batch, now: UnixMs) -> Reply<Result<Committed, CommitError>>;

    /// Reads what a sweep would do: for owners who write something down with every removal, and
    /// therefore remove by a commit.
    fn expired(&self, now: UnixMs, limit: usize) -> Reply<Result<Swept, ReadError>>;

    /// Removes at most `limit` entries whose instant has come, earliest first.
    fn sweep(&self, now: UnixMs, limit: usize) -> Reply<Result<Swept, SweepError>>;

    /// Ends the store's service: what is in line is finished, everything after answers `Closed`.
    fn close(&self) -> Reply<()>;
}
