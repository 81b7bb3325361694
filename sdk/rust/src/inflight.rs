//! Calls that wait for an answer.

use crate::Error;
use iii_protocol::{ErrorBody, ErrorCode, InvocationId, InvocationResult, Payload, Text};
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// How a call ends.
pub(crate) type Answer = Result<Output, Error>;

/// What a function gave back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Output {
    pub(crate) result: Option<Payload>,
    /// It said that it left no channel in use.
    pub(crate) quiet: bool,
}

/// The engine's clock and ours may differ by this much when the engine ends a call at its deadline.
const DEADLINE_SLACK: Duration = Duration::from_millis(50);

/// A call that waits for its answer.
pub(crate) struct Call {
    pub(crate) function_id: Text,
    pub(crate) reply: oneshot::Sender<Answer>,
    pub(crate) deadline: Instant,
    pub(crate) timeout: Duration,
    /// Whether it went out on the present connection. If not, it waits for the next one.
    pub(crate) sent: bool,
}

impl Call {
    fn timed_out(&self) -> Error {
        Error::Timeout {
            function_id: self.function_id.to_string(),
            timeout: self.timeout,
        }
    }

    fn end(self, answer: Answer) {
        // The caller may have dropped its future meanwhile.
        let _ = self.reply.send(answer);
    }
}

/// All calls of a client that wait for an answer, by their number.
pub(crate) struct Calls {
    waiting: HashMap<u64, Call>,
    /// Upper half of every invocation id, so that ids of two clients differ.
    nonce: u64,
    /// Extra time before a sent call is given up: the engine is to answer first.
    grace: Duration,
    /// No call ends by time before this.
    next_expiry: Option<Instant>,
}

impl Calls {
    pub(crate) fn new(nonce: u64, grace: Duration) -> Self {
        Self {
            waiting: HashMap::new(),
            nonce,
            grace,
            next_expiry: None,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn contains(&self, number: u64) -> bool {
        self.waiting.contains_key(&number)
    }

    /// The id a call has on the wire.
    pub(crate) fn invocation_id(&self, number: u64) -> InvocationId {
        InvocationId::from_u128((u128::from(self.nonce) << 64) | u128::from(number))
    }

    fn number(&self, id: &InvocationId) -> Option<u64> {
        let bits = id.as_u128()?;
        ((bits >> 64) as u64 == self.nonce).then_some(bits as u64)
    }

    pub(crate) fn insert(&mut self, number: u64, call: Call) {
        self.expire_by(self.expiry(&call));
        self.waiting.insert(number, call);
    }

    /// Marks a call as sent; from now on the engine keeps its deadline.
    pub(crate) fn sent(&mut self, number: u64) {
        if let Some(call) = self.waiting.get_mut(&number) {
            call.sent = true;
        }
    }

    pub(crate) fn deadline(&self, number: u64) -> Option<Instant> {
        self.waiting.get(&number).map(|call| call.deadline)
    }

    /// Takes out a call that its caller gave up. `Some(true)` when the engine must be told.
    pub(crate) fn cancel(&mut self, number: u64) -> Option<bool> {
        self.waiting.remove(&number).map(|call| call.sent)
    }

    /// Ends one call.
    pub(crate) fn end(&mut self, number: u64, answer: Answer) {
        if let Some(call) = self.waiting.remove(&number) {
            call.end(answer);
        }
    }

    /// Ends a call by its id on the wire, for answers that are no valid message.
    pub(crate) fn end_by_id(&mut self, id: &InvocationId, answer: Answer) {
        if let Some(number) = self.number(id) {
            self.end(number, answer);
        }
    }

    /// Ends the call that a result belongs to. Results of calls given up are dropped.
    pub(crate) fn answered(&mut self, result: InvocationResult, now: Instant) {
        let number = self.number(&result.invocation_id);
        let Some(call) = number.and_then(|number| self.waiting.remove(&number)) else {
            return;
        };
        let answer = match result.error {
            None => Ok(Output {
                result: result.result,
                quiet: result.quiet,
            }),
            Some(body) => {
                let body = ErrorBody::from_payload(&body);
                let at_deadline = now + DEADLINE_SLACK >= call.deadline;
                if at_deadline && body.code == ErrorCode::Timeout.as_str() {
                    Err(call.timed_out())
                } else {
                    Err(remote(body))
                }
            }
        };
        call.end(answer);
    }

    /// Ends calls whose time is up and says when to look again.
    pub(crate) fn expire(&mut self, now: Instant) -> Vec<u64> {
        if self.next_expiry.is_none_or(|at| at > now) {
            return Vec::new();
        }
        self.next_expiry = None;
        let mut late = Vec::new();
        let mut next: Option<Instant> = None;
        for (number, call) in &self.waiting {
            let expiry = self.expiry(call);
            if expiry <= now {
                late.push(*number);
            } else {
                next = Some(next.map_or(expiry, |at| at.min(expiry)));
            }
        }
        self.next_expiry = next;
        let mut to_cancel = Vec::new();
        for number in late {
            if let Some(call) = self.waiting.remove(&number) {
                if call.sent {
                    to_cancel.push(number);
                }
                let error = call.timed_out();
                call.end(Err(error));
            }
        }
        to_cancel
    }

    pub(crate) fn next_expiry(&self) -> Option<Instant> {
        self.next_expiry
    }

    /// Ends every call that was sent: its answer will not come.
    pub(crate) fn connection_lost(&mut self) {
        for (_, call) in self.waiting.extract_if(|_, call| call.sent) {
            call.end(Err(Error::ConnectionLost));
        }
    }

    /// Ends every call.
    pub(crate) fn end_all(&mut self, error: &Error) {
        for (_, call) in self.waiting.drain() {
            call.end(Err(error.clone()));
        }
    }

    fn expiry(&self, call: &Call) -> Instant {
        if call.sent {
            call.deadline + self.grace
        } else {
            call.deadline
        }
    }

    fn expire_by(&mut self, at: Instant) {
        self.next_expiry = Some(self.next_expiry.map_or(at, |next| next.min(at)));
    }
}

fn remote(body: ErrorBody) -> Error {
    Error::Remote {
        code: body.code.to_string(),
        message: body.message.to_string(),
        stacktrace: body.stacktrace.map(|text| text.to_string()),
        details: body.details.map(|details| *details),
    }
}
