//! The leases under test, with blocking calls, a clock moved by hand, and short words.

use crate::contract::cases;
use crate::lease::{Lease, LeaseError, Leases, Taking};
use crate::{Clock, ManualClock, UnixMs};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

pub(super) struct Subject {
    pub(super) leases: Arc<dyn Leases>,
    pub(super) clock: ManualClock,
    runtime: tokio::runtime::Runtime,
}

/// How long a lease lasts where a case does not say otherwise.
pub(super) const TTL: Duration = Duration::from_secs(10);

impl Subject {
    pub(super) fn new(leases: Arc<dyn Leases>) -> Self {
        Self {
            leases,
            clock: ManualClock::at(UnixMs(1_000_000)),
            runtime: cases::runtime(),
        }
    }

    /// The same leases for another thread.
    pub(super) fn another(&self) -> Self {
        Self {
            leases: self.leases.clone(),
            clock: self.clock.clone(),
            runtime: cases::runtime(),
        }
    }

    pub(super) fn now(&self) -> UnixMs {
        self.clock.now()
    }

    pub(super) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    pub(super) fn try_take(&self, name: &str, owner: &str) -> Result<Taking, LeaseError> {
        self.wait(self.leases.take(name, owner, TTL, self.now()))
    }

    /// Takes a name that is free.
    pub(super) fn take(&self, name: &str, owner: &str) -> Lease {
        let until = self.now().after(TTL);
        match self.try_take(name, owner) {
            Ok(Taking::Taken(lease)) => {
                let told = (lease.name.as_str(), lease.owner.as_str(), lease.until);
                assert_eq!(told, (name, owner, until));
                lease
            }
            other => panic!("`{name}` is free for `{owner}`, not {other:?}"),
        }
    }

    /// Tries to take a name that somebody holds.
    pub(super) fn assert_held(&self, name: &str, by: &str, until: UnixMs) {
        let held = Taking::Held {
            owner: by.to_owned(),
            until,
        };
        assert_eq!(self.try_take(name, "somebody else"), Ok(held));
    }

    pub(super) fn renew(&self, lease: &Lease) -> Option<Lease> {
        self.wait(self.leases.renew(lease, TTL, self.now()))
            .expect("an open store renews")
    }

    pub(super) fn release(&self, lease: &Lease) {
        self.wait(self.leases.release(lease, self.now()))
            .expect("an open store releases");
    }
}
