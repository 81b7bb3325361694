//! Calls this worker makes.

use super::{Driver, NewCall, VoidCall};
use crate::Error;
use crate::inflight::{Call, Output};
use iii_protocol::{CancelInvocation, InvokeFunction, Message, Text};
use std::time::Duration;
use tokio::time::Instant;

/// A call that waits for a connection, or for room in it.
pub(super) struct Unsent {
    /// Its number; `None` when nobody waits for it.
    number: Option<u64>,
    /// The connection on which its parent has a meaning.
    epoch: u64,
    invoke: InvokeFunction,
}

impl Driver {
    pub(super) fn call(&mut self, call: NewCall) {
        let NewCall {
            number,
            mut invoke,
            epoch,
            deadline,
            timeout,
            reply,
        } = call;
        if reply.is_closed() {
            // Given up before it got here; its cancellation may have come first.
            return;
        }
        let limits = &self.options.limits;
        if self.calls.len() >= limits.calls_max {
            let _ = reply.send(Err(Error::Overloaded { limit: "calls_max" }));
            return;
        }
        let live = self.sends_at_once();
        if !live && self.backlog.len() >= limits.offline_calls_max {
            let _ = reply.send(Err(Error::Overloaded {
                limit: "offline_calls_max",
            }));
            return;
        }
        if epoch != self.epoch {
            // The invocation this call belongs to was of an earlier connection.
            invoke.parent = None;
        }
        invoke.invocation_id = Some(self.calls.invocation_id(number));
        let entry = Call {
            function_id: invoke.function_id.clone(),
            reply,
            deadline,
            timeout,
            sent: live,
        };
        self.calls.insert(number, entry);
        if live {
            invoke.timeout_ms = Some(millis_left(deadline, self.now));
            self.link.send(&Message::InvokeFunction(invoke));
        } else {
            self.put_aside(Some(number), invoke);
        }
    }

    pub(super) fn void_call(&mut self, call: VoidCall) {
        let VoidCall { invoke, accepted } = call;
        let answer = if self.sends_at_once() {
            self.link.send(&Message::InvokeFunction(invoke));
            Ok(Output::default())
        } else if self.backlog.len() >= self.options.limits.offline_calls_max {
            tracing::warn!(function_id = %invoke.function_id, "void call dropped: too many wait");
            Err(Error::Overloaded {
                limit: "offline_calls_max",
            })
        } else {
            self.put_aside(None, invoke);
            Ok(Output::default())
        };
        if let Some(accepted) = accepted {
            let _ = accepted.send(answer);
        }
    }

    /// Whether a call is written now: the link takes it, and none waits before it.
    fn sends_at_once(&self) -> bool {
        !self.parks && self.link.is_live() && self.backlog.is_empty()
    }

    fn put_aside(&mut self, number: Option<u64>, invoke: InvokeFunction) {
        self.backlog.push_back(Unsent {
            number,
            epoch: self.epoch,
            invoke,
        });
    }

    pub(super) fn cancel_call(&mut self, number: u64) {
        match self.calls.cancel(number) {
            Some(true) => self.send_cancel(number, "cancelled"),
            Some(false) => self.backlog.retain(|unsent| unsent.number != Some(number)),
            None => {}
        }
    }

    pub(super) fn send_cancel(&mut self, number: u64, reason: &'static str) {
        let cancel = CancelInvocation {
            invocation_id: self.calls.invocation_id(number),
            reason: Some(Text::from_static(reason)),
        };
        self.link.send(&Message::CancelInvocation(cancel));
    }

    /// Sends the calls that were put aside, as far as the link takes them; whether there were any.
    pub(super) fn send_backlog(&mut self) -> bool {
        let mut sent = false;
        while self.link.is_live() && !self.is_congested() {
            let Some(unsent) = self.backlog.pop_front() else {
                break;
            };
            self.send_unsent(unsent);
            sent = true;
        }
        sent
    }

    fn send_unsent(&mut self, unsent: Unsent) {
        let mut invoke = unsent.invoke;
        if unsent.epoch != self.epoch {
            // Whatever invocation it belonged to was of an earlier connection.
            invoke.parent = None;
        }
        if let Some(number) = unsent.number {
            // Calls whose time ran out meanwhile are gone from the table.
            let Some(deadline) = self.calls.deadline(number) else {
                return;
            };
            invoke.timeout_ms = Some(millis_left(deadline, self.now));
            self.calls.sent(number);
        }
        self.link.send(&Message::InvokeFunction(invoke));
    }

    /// Calls that were never sent but timed out leave the backlog.
    pub(super) fn forget_expired(&mut self) {
        let calls = &self.calls;
        self.backlog
            .retain(|unsent| unsent.number.is_none_or(|number| calls.contains(number)));
    }
}

/// What is left until a deadline, at least a millisecond.
fn millis_left(deadline: Instant, now: Instant) -> u64 {
    let left = deadline.saturating_duration_since(now);
    let left = left.max(Duration::from_millis(1));
    u64::try_from(left.as_millis()).unwrap_or(u64::MAX)
}
