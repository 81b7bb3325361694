//! Whoever offers a function is told how that went: refusals to everybody, success to workers that
//! understand it.

use crate::model::Model;
use iii_engine::core::SessionId;
use iii_protocol::Text;
use std::collections::BTreeMap;

type Counts = BTreeMap<(SessionId, Text), u64>;

/// What workers were told.
#[derive(Default)]
pub(crate) struct Functions {
    accepted: Counts,
    rejected: Counts,
}

impl Functions {
    pub(crate) fn accepted(&mut self, session: SessionId, id: &Text) {
        *self.accepted.entry((session, id.clone())).or_default() += 1;
    }

    pub(crate) fn rejected(&mut self, session: SessionId, id: &Text) {
        *self.rejected.entry((session, id.clone())).or_default() += 1;
    }

    /// Nothing is under way any more: what was told is what the model says.
    pub(crate) fn assert_settled(&self, model: &Model) {
        assert_eq!(self.accepted, model.accepted, "functions accepted");
        assert_eq!(self.rejected, model.rejected, "registrations rejected");
    }

    pub(super) fn forget(&mut self, session: SessionId) {
        self.accepted.retain(|(of, _), _| *of != session);
        self.rejected.retain(|(of, _), _| *of != session);
    }
}
