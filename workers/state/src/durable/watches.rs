//! What is watched durably, also while whoever watches is away.

use crate::trigger::Filter;
use iii_ports::UnixMs;
use iii_ports::kv::Address;
use parking_lot::RwLock;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// One filter, and who uses it.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    pub(crate) filter: Filter,
    /// Ids of the triggers that are bound now.
    pub(crate) bound: BTreeSet<String>,
    /// Since when none is.
    pub(crate) left_at: Option<UnixMs>,
}

/// All filters by their topics.
#[derive(Default)]
pub(crate) struct Watches {
    any: AtomicBool,
    by_topic: RwLock<BTreeMap<Arc<str>, Watch>>,
}

impl Watches {
    /// Whether nothing is watched, which nearly every write asks.
    pub(crate) fn is_empty(&self) -> bool {
        !self.any.load(Ordering::Acquire)
    }

    /// The topics of everybody who watches an entry.
    pub(super) fn topics(&self, at: &Address) -> Vec<Arc<str>> {
        let watches = self.by_topic.read();
        let watching = watches.iter().filter(|(_, watch)| watch.filter.fits(at));
        watching.map(|(topic, _)| Arc::clone(topic)).collect()
    }

    pub(super) fn is_watched(&self, at: &Address) -> bool {
        let watches = self.by_topic.read();
        watches.values().any(|watch| watch.filter.fits(at))
    }

    pub(super) fn contains(&self, topic: &str) -> bool {
        self.by_topic.read().contains_key(topic)
    }

    pub(super) fn len(&self) -> usize {
        self.by_topic.read().len()
    }

    pub(super) fn get(&self, topic: &str) -> Option<Watch> {
        self.by_topic.read().get(topic).cloned()
    }

    /// All of them, with their topics.
    pub(crate) fn all(&self) -> Vec<(Arc<str>, Watch)> {
        let watches = self.by_topic.read();
        let all = watches.iter();
        all.map(|(topic, watch)| (Arc::clone(topic), watch.clone()))
            .collect()
    }

    pub(super) fn put(&self, topic: &str, watch: Watch) {
        let mut watches = self.by_topic.write();
        watches.insert(Arc::from(topic), watch);
        self.any.store(true, Ordering::Release);
    }

    pub(super) fn remove(&self, topic: &str) {
        let mut watches = self.by_topic.write();
        watches.remove(topic);
        self.any.store(!watches.is_empty(), Ordering::Release);
    }
}
