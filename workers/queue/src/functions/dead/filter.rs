//! Which dead messages are meant.

use crate::core::{DeadHead, Reason};

/// All dead messages, unless it says more.
#[derive(Clone, Debug, Default)]
pub(in crate::functions) struct Filter {
    pub(super) reason: Option<Reason>,
    pub(super) code: Option<String>,
    pub(super) function_id: Option<String>,
    pub(super) since: Option<u64>,
    pub(super) until: Option<u64>,
}

impl Filter {
    pub(super) fn fits(&self, dead: &DeadHead) -> bool {
        let is = |wanted: &Option<String>, value: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| value == Some(wanted))
        };
        self.reason.is_none_or(|reason| dead.reason == reason)
            && is(&self.code, dead.error.as_ref().map(|error| &*error.code))
            && is(&self.function_id, dead.function.as_deref())
            && self.since.is_none_or(|since| dead.died_at.0 >= since)
            && self.until.is_none_or(|until| dead.died_at.0 < until)
    }
}
