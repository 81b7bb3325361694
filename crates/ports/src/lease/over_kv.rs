//! Leases in any key-value store.
//!
//! A lease is an entry that expires with it. Its fence is the version of the write that took the
//! name: versions of a store grow for ever and are never used twice, also across restarts, so
//! nothing has to stay behind when a lease ends. A renewal writes the fence into the entry, because
//! it takes a new version itself.

mod record;

use super::{Fence, Lease, LeaseError, Leases, Taking};
use crate::kv::{Address, Batch, CommitError, Committed, Condition, Entry, Kv, ReadError};
use crate::kv::{Version, Write};
use crate::{Reply, UnixMs};
use record::Record;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// How often an operation looks again because somebody else was faster, before it answers `Busy`.
const ATTEMPTS_MAX: usize = 16;

/// The end of a lease that has none: its entry does not expire.
const END_OF_TIME: UnixMs = UnixMs(u64::MAX);

/// Leases in one scope of a key-value store, which nobody else writes.
///
/// Expired leases are removed by the store's sweep, whoever asks for it, or when their name is
/// taken again.
#[derive(Clone)]
pub struct KvLeases {
    kv: Arc<dyn Kv>,
    scope: Arc<str>,
}

impl KvLeases {
    /// Leases in a scope of a store.
    pub fn new(kv: Arc<dyn Kv>, scope: impl Into<Arc<str>>) -> Self {
        let scope = scope.into();
        Self { kv, scope }
    }
}

impl Leases for KvLeases {
    fn take(
        &self,
        name: &str,
        owner: &str,
        ttl: Duration,
        now: UnixMs,
    ) -> Reply<Result<Taking, LeaseError>> {
        let wanted = Lease {
            name: name.to_owned(),
            owner: owner.to_owned(),
            fence: record::FENCE_OF_VERSION,
            until: now.after(ttl),
        };
        let leases = self.clone();
        begin(async move { leases.take_name(wanted, now).await })
    }

    fn renew(
        &self,
        lease: &Lease,
        ttl: Duration,
        now: UnixMs,
    ) -> Reply<Result<Option<Lease>, LeaseError>> {
        let renewed = Lease {
            until: now.after(ttl),
            ..lease.clone()
        };
        let leases = self.clone();
        begin(async move { leases.renew_lease(renewed, now).await })
    }

    fn release(&self, lease: &Lease, now: UnixMs) -> Reply<Result<(), LeaseError>> {
        let (leases, lease) = (self.clone(), lease.clone());
        begin(async move { leases.release_lease(lease, now).await })
    }
}

// === impl KvLeases ===

/// Who holds a name, and the version of its entry.
struct Holder {
    lease: Lease,
    version: Version,
}

impl KvLeases {
    async fn take_name(&self, mut wanted: Lease, now: UnixMs) -> Result<Taking, LeaseError> {
        self.check(&wanted)?;
        for _ in 0..ATTEMPTS_MAX {
            let holder = self.holder(&wanted.name, now).await?;
            let version = version_of(holder.as_ref());
            if let Some(Holder { lease, .. }) = holder
                && lease.owner != wanted.owner
            {
                let Lease { owner, until, .. } = lease;
                return Ok(Taking::Held { owner, until });
            }
            let write = self.put(&wanted);
            let committed = self.commit(&wanted.name, version, write, now);
            if let Some(committed) = committed.await? {
                let outcome = committed.outcomes.first();
                wanted.fence = outcome.map_or(wanted.fence, |outcome| Fence(outcome.version.0));
                return Ok(Taking::Taken(wanted));
            }
        }
        Err(LeaseError::Busy)
    }

    async fn renew_lease(&self, renewed: Lease, now: UnixMs) -> Result<Option<Lease>, LeaseError> {
        self.check(&renewed)?;
        for _ in 0..ATTEMPTS_MAX {
            let Some(version) = self.version_held(&renewed, now).await? else {
                return Ok(None);
            };
            let write = self.put(&renewed);
            let committed = self.commit(&renewed.name, version, write, now);
            if committed.await?.is_some() {
                return Ok(Some(renewed));
            }
        }
        Err(LeaseError::Busy)
    }

    async fn release_lease(&self, lease: Lease, now: UnixMs) -> Result<(), LeaseError> {
        self.check(&lease)?;
        for _ in 0..ATTEMPTS_MAX {
            let Some(version) = self.version_held(&lease, now).await? else {
                return Ok(());
            };
            let write = Write::Delete {
                at: self.at(&lease.name),
            };
            let committed = self.commit(&lease.name, version, write, now);
            if committed.await?.is_some() {
                return Ok(());
            }
        }
        Err(LeaseError::Busy)
    }

    fn at(&self, name: &str) -> Address {
        Address::new(&*self.scope, name)
    }

    fn put(&self, lease: &Lease) -> Write {
        Write::Put {
            at: self.at(&lease.name),
            value: Record::encode(lease),
            expires_at: Some(lease.until).filter(|until| *until < END_OF_TIME),
        }
    }

    fn check(&self, lease: &Lease) -> Result<(), LeaseError> {
        let (bytes, limit) = (
            lease.name.len().max(lease.owner.len()),
            self.kv.bounds().key_bytes_max,
        );
        if bytes > limit {
            return Err(LeaseError::TooLong { bytes, limit });
        }
        Ok(())
    }

    async fn holder(&self, name: &str, now: UnixMs) -> Result<Option<Holder>, LeaseError> {
        let entry = self.kv.get(&self.scope, name, now).await?;
        entry.map(|entry| holder(name, &entry)).transpose()
    }

    /// The version of the entry of a lease that still holds.
    async fn version_held(
        &self,
        lease: &Lease,
        now: UnixMs,
    ) -> Result<Option<Version>, LeaseError> {
        let holder = self.holder(&lease.name, now).await?;
        let same = holder.filter(|holder| {
            holder.lease.fence == lease.fence && holder.lease.owner == lease.owner
        });
        Ok(same.map(|holder| holder.version))
    }

    /// Writes if the entry has this version; `None` if it has another one.
    async fn commit(
        &self,
        name: &str,
        version: Version,
        write: Write,
        now: UnixMs,
    ) -> Result<Option<Committed>, LeaseError> {
        let batch = Batch {
            conditions: vec![Condition {
                at: self.at(name),
                version,
            }],
            writes: vec![write],
        };
        match self.kv.commit(batch, now).await {
            Ok(committed) => Ok(Some(committed)),
            Err(CommitError::Conflict { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

fn version_of(holder: Option<&Holder>) -> Version {
    holder.map_or(Version::ABSENT, |holder| holder.version)
}

fn holder(name: &str, entry: &Entry) -> Result<Holder, LeaseError> {
    let until = entry.expires_at.unwrap_or(END_OF_TIME);
    let Some(record) = Record::decode(&entry.value) else {
        let told = format!("the entry `{name}` is no lease");
        return Err(LeaseError::Io(told));
    };
    let fence = match record.fence {
        record::FENCE_OF_VERSION => Fence(entry.version.0),
        fence => fence,
    };
    let lease = Lease {
        name: name.to_owned(),
        owner: record.owner,
        fence,
        until,
    };
    let version = entry.version;
    Ok(Holder { lease, version })
}

/// Begins an operation now, as replies promise: it gets as far as the store answers at once.
fn begin<T: Send + Unpin + 'static>(
    operation: impl Future<Output = T> + Send + 'static,
) -> Reply<T> {
    let mut operation = Box::pin(operation);
    let polled = pin!(&mut operation).poll(&mut Context::from_waker(Waker::noop()));
    match polled {
        Poll::Ready(answer) => Reply::ready(answer),
        Poll::Pending => Reply::later(operation),
    }
}

impl From<ReadError> for LeaseError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Closed => Self::Closed,
            ReadError::Io(told) => Self::Io(told),
        }
    }
}

impl From<CommitError> for LeaseError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::KeyTooLong { bytes, limit }
            | CommitError::ValueTooLarge { bytes, limit } => Self::TooLong { bytes, limit },
            CommitError::Closed => Self::Closed,
            CommitError::Full(_) | CommitError::Busy => Self::Busy,
            other => Self::Io(other.to_string()),
        }
    }
}
