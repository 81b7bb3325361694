//! Deadlines of the calls that a session's worker runs.

use super::{Session, calls};
use crate::core::effect::{CancelReason, Effect, Outcome};
use crate::core::ids::{CallKey, Moment};
use iii_protocol::{CancelInvocation, ErrorCode, Message, Text};
use std::collections::BTreeSet;

/// Ordered by time.
#[derive(Debug, Default)]
pub(in crate::core) struct Deadlines(BTreeSet<(Moment, CallKey)>);

impl Deadlines {
    pub(in crate::core) fn add(&mut self, deadline: Moment, key: CallKey) {
        self.0.insert((deadline, key));
    }

    pub(in crate::core) fn remove(&mut self, deadline: Moment, key: CallKey) {
        self.0.remove(&(deadline, key));
    }

    pub(super) fn next(&self) -> Option<Moment> {
        self.0.first().map(|(deadline, _)| *deadline)
    }

    fn pop_due(&mut self, now: Moment) -> Option<CallKey> {
        let (deadline, key) = *self.0.first()?;
        if deadline > now {
            return None;
        }
        self.0.pop_first();
        Some(key)
    }
}

/// Ends every call whose time is up, and tells the executor to stop.
pub(super) fn expire(session: &mut Session, now: Moment, effects: &mut Vec<Effect>) {
    while let Some(key) = session.deadlines.pop_due(now) {
        let Some(call) = calls::finish(session, key) else {
            continue;
        };
        tell_executor(session, key, CancelReason::Timeout, effects);
        let message = format!("`{}` did not answer before its deadline", call.function.id);
        calls::complete(key, Outcome::failed(ErrorCode::Timeout, message), effects);
    }
}

/// Sends the executor a cancellation, if it knows that message.
pub(in crate::core) fn tell_executor(
    session: &Session,
    key: CallKey,
    reason: CancelReason,
    effects: &mut Vec<Effect>,
) {
    if session.kit {
        let cancel = CancelInvocation {
            invocation_id: key.to_wire(),
            reason: Some(Text::from_static(reason.as_str())),
        };
        session.send(Message::CancelInvocation(cancel), effects);
    }
}
