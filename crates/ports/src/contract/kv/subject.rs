//! The store under test, with blocking calls and short words.

use crate::UnixMs;
use crate::contract::cases;
use crate::kv::{
    Address, Batch, CommitError, Committed, Condition, Entry, Kv, Outcome, Page, ReadError, Scan,
    Swept, Version, Write,
};
use bytes::Bytes;
use std::future::Future;
use std::sync::Arc;

pub(super) struct Subject {
    pub(super) kv: Arc<dyn Kv>,
    runtime: tokio::runtime::Runtime,
}

/// The present of cases in which time does not matter.
pub(super) const NOW: UnixMs = UnixMs(1_000_000);

impl Subject {
    pub(super) fn new(kv: Arc<dyn Kv>) -> Self {
        let runtime = cases::runtime();
        Self { kv, runtime }
    }

    pub(super) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    pub(super) fn try_get(&self, scope: &str, key: &str) -> Result<Option<Entry>, ReadError> {
        self.wait(self.kv.get(scope, key, NOW))
    }

    pub(super) fn get_at(&self, scope: &str, key: &str, now: UnixMs) -> Option<Entry> {
        self.wait(self.kv.get(scope, key, now))
            .expect("an open store can be read")
    }

    pub(super) fn get(&self, scope: &str, key: &str) -> Option<Entry> {
        self.get_at(scope, key, NOW)
    }

    pub(super) fn value(&self, scope: &str, key: &str) -> Option<Bytes> {
        self.get(scope, key).map(|entry| entry.value)
    }

    pub(super) fn version(&self, scope: &str, key: &str) -> Version {
        self.get(scope, key)
            .map_or(Version::ABSENT, |entry| entry.version)
    }

    pub(super) fn commit_at(&self, batch: Batch, now: UnixMs) -> Result<Committed, CommitError> {
        self.wait(self.kv.commit(batch, now))
    }

    pub(super) fn commit(
        &self,
        conditions: Vec<Condition>,
        writes: Vec<Write>,
    ) -> Result<Committed, CommitError> {
        self.commit_at(Batch { conditions, writes }, NOW)
    }

    /// One write without conditions, which must succeed.
    pub(super) fn write(&self, write: Write) -> Outcome {
        let mut committed = self
            .commit(Vec::new(), vec![write])
            .expect("a plain write succeeds");
        assert_eq!(committed.outcomes.len(), 1, "one outcome per write");
        committed.outcomes.remove(0)
    }

    pub(super) fn put(&self, scope: &str, key: &str, value: &str) -> Outcome {
        self.write(put(scope, key, value))
    }

    pub(super) fn scan(&self, scan: Scan<'_>) -> Page {
        self.wait(self.kv.scan(scan, NOW))
            .expect("an open store can be scanned")
    }

    pub(super) fn keys(&self, scope: &str, prefix: &str) -> Vec<String> {
        let scan = Scan {
            scope,
            prefix,
            after: None,
            limit: usize::MAX,
            bytes_max: usize::MAX,
        };
        let page = self.scan(scan);
        assert_eq!(page.next, None, "a page without limits is the last one");
        page.items.into_iter().map(|(key, _)| key).collect()
    }

    pub(super) fn scopes(&self) -> Vec<String> {
        let page = self.wait(self.kv.scopes(None, usize::MAX, NOW));
        page.expect("an open store lists its scopes").scopes
    }

    /// Sweeps, which does what `expired` has told.
    pub(super) fn sweep(&self, now: UnixMs, limit: usize) -> Swept {
        let told = self.wait(self.kv.expired(now, limit));
        let swept = self.wait(self.kv.sweep(now, limit));
        let swept = swept.expect("an open store can be swept");
        let told = told.expect("an open store can be read");
        assert_eq!(told, swept, "what a sweep would do, and what it did");
        swept
    }
}

pub(super) fn at(scope: &str, key: &str) -> Address {
    Address::new(scope, key)
}

pub(super) fn put(scope: &str, key: &str, value: &str) -> Write {
    put_until(scope, key, value, None)
}

pub(super) fn put_until(scope: &str, key: &str, value: &str, expires_at: Option<UnixMs>) -> Write {
    let value = Bytes::copy_from_slice(value.as_bytes());
    Write::Put {
        at: at(scope, key),
        value,
        expires_at,
    }
}

pub(super) fn delete(scope: &str, key: &str) -> Write {
    Write::Delete { at: at(scope, key) }
}

pub(super) fn if_version(scope: &str, key: &str, version: Version) -> Condition {
    Condition {
        at: at(scope, key),
        version,
    }
}
