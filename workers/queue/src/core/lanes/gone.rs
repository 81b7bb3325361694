//! Tenants without messages that have had more than their share.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Most of them that are remembered.
const GONE_MAX: usize = 1024;

/// Their times, until the others have had as much. Without this, whoever sends one message after
/// the other would begin anew with each and never have to wait.
#[derive(Debug, Default)]
pub(super) struct Gone {
    times: BTreeMap<Option<Arc<str>>, u64>,
    order: BTreeSet<(u64, Option<Arc<str>>)>,
}

impl Gone {
    /// A tenant has nothing more. Where too many have gone so, the one that would have to wait
    /// least is forgotten.
    pub(super) fn note(&mut self, name: Option<Arc<str>>, time: u64) {
        self.times.insert(name.clone(), time);
        self.order.insert((time, name));
        if self.times.len() > GONE_MAX
            && let Some((_, name)) = self.order.pop_first()
        {
            self.times.remove(&name);
        }
    }

    /// A tenant comes back: its time, or 0.
    pub(super) fn take(&mut self, name: Option<&Arc<str>>) -> u64 {
        let name = name.cloned();
        let Some(time) = self.times.remove(&name) else {
            return 0;
        };
        self.order.remove(&(time, name));
        time
    }

    /// All have had as much as those.
    pub(super) fn forget_until(&mut self, time: u64) {
        while self.order.first().is_some_and(|(at, _)| *at <= time) {
            if let Some((_, name)) = self.order.pop_first() {
                self.times.remove(&name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_are_remembered_and_no_more() {
        let name = |n: usize| Some(Arc::from(n.to_string()));
        let mut gone = Gone::default();
        for n in 0..=GONE_MAX {
            gone.note(name(n), n as u64 + 10);
        }
        assert_eq!(gone.take(name(0).as_ref()), 0, "forgotten");
        assert_eq!(gone.take(name(1).as_ref()), 11);
        assert_eq!(gone.take(name(1).as_ref()), 0, "taken");
        gone.forget_until(14);
        assert_eq!(gone.take(name(4).as_ref()), 0, "over");
        assert_eq!(gone.take(name(5).as_ref()), 15);
        assert_eq!(gone.times.len(), gone.order.len());
    }
}
