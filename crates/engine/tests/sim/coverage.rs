//! What a run has met.

use std::collections::BTreeMap;

/// Counts by name.
#[derive(Default)]
pub(crate) struct Coverage(BTreeMap<String, u64>);

/// What every run of some length must have met: how calls end, and what happens to triggers.
const NEEDED: [&str; 26] = [
    "answer result",
    "answer boom",
    "answer function_not_found",
    "answer invocation_stopped",
    "answer TIMEOUT",
    "answer cancelled",
    "answer overloaded",
    "answer invalid_message",
    "answer INVALID_NAMESPACE",
    "answer FORBIDDEN",
    "answer unknown_action",
    "answer carry_error",
    "answer function_not_invokable",
    "answer NOT_FOUND",
    "catalog function of 2",
    "catalog trigger of 2",
    "catalog trigger parked",
    "catalog trigger refused",
    "catalog trigger bound",
    "catalog trigger of engine",
    "cancel to executor",
    "evicted",
    "slow consumer",
    "listing",
    "bounced",
    "name late",
];

impl Coverage {
    pub(crate) fn met(&mut self, what: &str) {
        match self.0.get_mut(what) {
            Some(count) => *count += 1,
            None => {
                self.0.insert(what.to_owned(), 1);
            }
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        for (what, count) in other.0 {
            *self.0.entry(what).or_default() += count;
        }
    }

    /// A run of `steps` must have met everything, unless it is too short to expect that.
    pub(crate) fn assert_complete(&self, steps: u64) {
        const ENOUGH_STEPS: u64 = 30_000;
        if steps < ENOUGH_STEPS {
            return;
        }
        let missing: Vec<_> = NEEDED
            .iter()
            .filter(|what| !self.0.contains_key(**what))
            .collect();
        assert!(
            missing.is_empty(),
            "never met: {missing:?} in {:#?}",
            self.0
        );
    }
}
