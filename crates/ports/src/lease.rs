//! The port for leases: who owns a name, for how long, and how a late owner is told apart.

mod over_kv;

use crate::{Reply, UnixMs};
use std::time::Duration;
use thiserror::Error;

pub use over_kv::KvLeases;

/// Grows with every taking of a name. Whoever writes under a lease shows it, so that a store can
/// refuse an owner that lost its lease without knowing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fence(pub u64);

/// A name that is owned for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// What is owned.
    pub name: String,
    /// By whom.
    pub owner: String,
    /// Greater than that of every earlier lease of the name; the same when it is renewed.
    pub fence: Fence,
    /// When it ends, unless it is renewed before.
    pub until: UnixMs,
}

/// What came of an attempt to take a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taking {
    /// It is the caller's.
    Taken(Lease),
    /// It is somebody else's.
    Held {
        /// Whose.
        owner: String,
        /// Until when, unless it is renewed or given back.
        until: UnixMs,
    },
}

/// Names that one owner at a time holds.
///
/// # Contract
/// * **One owner.** Of all that try to take a name at one time, one succeeds. A lease is over when
///   its instant has come for whoever asks, or when it was released.
/// * **Fences.** Every taking has a greater [`Fence`] than all before it, also across restarts. A
///   renewal keeps it.
/// * **The same owner** may take a name it holds: it is then a new lease with a new fence, and the
///   former one is lost. So an owner that restarts under its own name need not wait for itself.
/// * **One moment.** An operation is done at one moment between its call and its reply; who wants
///   two in an order awaits the first. One whose reply is dropped may be left undone.
pub trait Leases: Send + Sync {
    /// Takes a name for `ttl`, if nobody else holds it at `now`.
    fn take(
        &self,
        name: &str,
        owner: &str,
        ttl: Duration,
        now: UnixMs,
    ) -> Reply<Result<Taking, LeaseError>>;

    /// Holds a lease for `ttl` from `now` on. `None` means that it is lost: it ended, was released,
    /// or was taken by somebody else.
    fn renew(
        &self,
        lease: &Lease,
        ttl: Duration,
        now: UnixMs,
    ) -> Reply<Result<Option<Lease>, LeaseError>>;

    /// Gives a lease back. One that is lost already changes nothing.
    fn release(&self, lease: &Lease, now: UnixMs) -> Reply<Result<(), LeaseError>>;
}

/// A lease could not be taken, renewed or released.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LeaseError {
    /// The name or the owner is longer than the store takes.
    #[error("the name or owner of a lease has {bytes} bytes, the limit is {limit}")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// The store has no room, or too much waits for it.
    #[error("the store takes no more now")]
    Busy,
    /// The store has been closed.
    #[error("the store is closed")]
    Closed,
    /// The medium or the network failed; whether the operation was done is unknown.
    #[error("the store of leases fails: {0}")]
    Io(String),
}

impl LeaseError {
    /// Whether the same call may succeed later.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Busy | Self::Io(_))
    }
}
