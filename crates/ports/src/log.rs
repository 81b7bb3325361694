//! The port for queued work: numbered entries with a head that changes and a body that does not.

mod bounds;
mod entry;
mod error;

use crate::lease::Fence;
use crate::{Durability, Reply};
use bytes::Bytes;

pub use bounds::Bounds;
pub use entry::{Change, EntryId, Head, Heads, Names};
pub use error::{CommitError, ReadError};

/// Named logs of entries, each with a number that its owner chose, a small head that may be written
/// anew and a body that is written once.
///
/// A queue keeps its messages in a log: the head says what is to become of a message, the body is
/// what it carries. Heads are read all together when the owner starts; bodies when they are
/// needed. So a retry writes a few bytes whatever the size of the message, and a start reads no
/// message.
///
/// # Contract
/// * **Order.** A commit takes its place in line before the call returns; the reply may be awaited
///   at any later time, or dropped. Commits are applied in the order of their calls.
/// * **Atomic.** A commit is applied as a whole or not at all, in all the logs it touches, and
///   nobody sees half of it.
/// * **Acknowledged.** A commit is answered once it has the store's [`Durability`]; many commits in
///   line may share one flush. A read sees every commit that was answered before the read was asked
///   for, and nothing that a crash could still take back.
/// * **Fenced.** Every commit carries the fence of the lease under which its owner writes. Once a
///   commit with a newer fence was applied, one with an older fence is refused: an owner that lost
///   its lease without knowing destroys nothing.
/// * **Memory.** The store may keep heads and bodies as they are given, so a writer hands over
///   bytes with memory of their own and not slices of larger buffers.
pub trait Log: Send + Sync {
    /// What an acknowledgement is worth.
    fn durability(&self) -> Durability;

    /// The store's limits.
    fn bounds(&self) -> Bounds;

    /// Applies changes, in their order.
    fn commit(&self, fence: Fence, changes: Vec<Change>) -> Reply<Result<(), CommitError>>;

    /// Reads the next heads of a log in the order of their numbers, beginning behind `after`; at
    /// most `limit`, which is at least 1. A log that has no entry is an empty one.
    fn heads(
        &self,
        log: &str,
        after: Option<EntryId>,
        limit: usize,
    ) -> Reply<Result<Heads, ReadError>>;

    /// Reads the bodies of entries, one answer for each number in their order; `None` where there
    /// is no such entry.
    fn bodies(&self, log: &str, ids: &[EntryId]) -> Reply<Result<Vec<Option<Bytes>>, ReadError>>;

    /// Names the next logs that hold an entry, in byte order, beginning behind `after`; at most
    /// `limit`, which is at least 1.
    fn names(&self, after: Option<&str>, limit: usize) -> Reply<Result<Names, ReadError>>;

    /// Ends the store's service: what is in line is finished, everything after answers `Closed`.
    fn close(&self) -> Reply<()>;
}
