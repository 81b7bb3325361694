//! Which entries expire when.

use iii_ports::UnixMs;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Addresses by the instant of their expiry. Names are shared with the table.
#[derive(Default)]
pub(super) struct ExpiryIndex(BTreeSet<(UnixMs, Arc<str>, Arc<str>)>);

impl ExpiryIndex {
    pub(super) fn insert(&mut self, at: UnixMs, scope: &Arc<str>, key: &Arc<str>) {
        self.0.insert((at, scope.clone(), key.clone()));
    }

    pub(super) fn remove(&mut self, at: UnixMs, scope: &Arc<str>, key: &Arc<str>) {
        self.0.remove(&(at, scope.clone(), key.clone()));
    }

    /// The earliest instant.
    pub(super) fn next(&self) -> Option<UnixMs> {
        self.0.first().map(|(at, _, _)| *at)
    }

    /// Everything, earliest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (UnixMs, &str, &str)> {
        self.0
            .iter()
            .map(|(at, scope, key)| (*at, &**scope, &**key))
    }

    /// The earliest address whose instant has come.
    pub(super) fn due(&self, now: UnixMs) -> Option<(Arc<str>, Arc<str>)> {
        let (_, scope, key) = self.0.first().filter(|(at, _, _)| *at <= now)?;
        Some((scope.clone(), key.clone()))
    }
}
