//! Every call whose caller waits ends exactly once, and its outcome reaches only its caller.

use crate::answers;
use crate::client::Task;
use crate::coverage::Coverage;
use crate::names::NO_CARRIER;
use iii_engine::core::{Deliver, Inbound, Moment, SessionId};
use iii_protocol::{ErrorBody, InvocationId, InvocationResult, InvokeFunction, Message, Payload};
use std::collections::{BTreeMap, BTreeSet};

/// Codes that the engine may end a call with.
const CODES: [&str; 15] = [
    "function_not_found",
    "invocation_stopped",
    "TIMEOUT",
    "cancelled",
    "overloaded",
    "invalid_message",
    "INVALID_NAMESPACE",
    "FORBIDDEN",
    "unknown_action",
    "function_not_invokable",
    "payload_too_large",
    "NOT_FOUND",
    "WORKER_NAMESPACE_CONFLICT",
    NO_CARRIER,
    "no",
];

/// What one session asked under one id, and how much of that was answered.
#[derive(Default)]
struct Ledger {
    asked: u64,
    answered: u64,
    /// Numbers of the payloads sent under this id; several when the id was used again.
    nonces: BTreeSet<u64>,
    /// Calls of the engine's own functions, which answer what they like.
    builtin: bool,
}

/// What became of one payload at its executors.
#[derive(Default)]
struct Run {
    delivered: u64,
    /// It was answered with a value that names it.
    answered: bool,
    /// It was answered with nothing, or `null`.
    silent: bool,
    failed: bool,
    deadline: Option<Moment>,
}

/// The memory of this promise.
#[derive(Default)]
pub(crate) struct Calls {
    ledgers: BTreeMap<(SessionId, InvocationId), Ledger>,
    runs: BTreeMap<u64, Run>,
    /// Deadlines of calls that a session runs, by the id it was given.
    running: BTreeMap<(SessionId, InvocationId), Option<Moment>>,
}

impl Calls {
    /// A session is about to handle something.
    pub(crate) fn asked(&mut self, session: SessionId, inbound: &Inbound) {
        match inbound {
            Inbound::Message(Message::InvokeFunction(call)) => self.asked_call(session, call),
            Inbound::Message(Message::InvocationResult(result)) => {
                self.running
                    .remove(&(session, result.invocation_id.clone()));
            }
            Inbound::Malformed(error) => {
                let Some(id) = error.invocation_id.clone() else {
                    return;
                };
                if error.message_type.as_deref() == Some("invocationresult") {
                    self.running.remove(&(session, id));
                } else if !self.is_open(session, &id) {
                    let ledger = self.ledgers.entry((session, id)).or_default();
                    ledger.asked += 1;
                }
            }
            _ => {}
        }
    }

    fn asked_call(&mut self, session: SessionId, call: &InvokeFunction) {
        let Some(id) = call.invocation_id.clone() else {
            return;
        };
        let action = call.action.as_ref().map(Payload::as_bytes);
        if action == Some(br#"{"type":"void"}"#.as_slice()) {
            // Nobody waits, whatever id it carries.
            return;
        }
        let ledger = self.ledgers.entry((session, id)).or_default();
        ledger.asked += 1;
        ledger.builtin |= call.function_id.starts_with("engine::") && action.is_none();
        ledger
            .nonces
            .extend(call.data.as_ref().and_then(answers::nonce));
    }

    fn is_open(&self, session: SessionId, id: &InvocationId) -> bool {
        let ledger = self.ledgers.get(&(session, id.clone()));
        ledger.is_some_and(|ledger| ledger.asked > ledger.answered)
    }

    /// A call goes on its way; its deadline is never later than that of the call it is made in.
    pub(crate) fn routed(
        &mut self,
        from: SessionId,
        deliver: &Deliver,
        call: Option<&InvokeFunction>,
        now: Moment,
    ) {
        let nonce = deliver.call.data.as_ref().and_then(answers::nonce);
        if let Some(nonce) = nonce {
            self.runs.entry(nonce).or_default().deadline = deliver.deadline;
        }
        let Some(call) = call else { return };
        let parent = call.parent.clone();
        let parent = parent.and_then(|id| *self.running.get(&(from, id))?);
        if let Some(parent) = parent.filter(|parent| *parent > now && deliver.key.awaited()) {
            let deadline = deliver
                .deadline
                .expect("a deadline like that of its parent");
            assert!(deadline <= parent, "a call outlives the call it is made in");
        }
        assert!(
            !deliver.key.awaited() || deliver.deadline.is_some(),
            "a call somebody waits for has no deadline"
        );
        if let (Some(ms), Some(deadline)) = (call.timeout_ms, deliver.deadline) {
            assert!(!deliver.key.awaited() || deadline <= now.after_ms(ms));
        }
    }

    /// A worker is handed a call.
    pub(crate) fn delivered(
        &mut self,
        session: SessionId,
        call: &InvokeFunction,
        deadline: Option<Moment>,
    ) {
        if let Some(nonce) = call.data.as_ref().and_then(answers::nonce) {
            let run = self.runs.entry(nonce).or_default();
            run.delivered += 1;
            assert_eq!(run.delivered, 1, "call {nonce} was delivered twice");
        }
        let id = call
            .invocation_id
            .clone()
            .expect("a call arrives with an id");
        self.running.insert((session, id), deadline);
    }

    /// A call has ended at its executor's session.
    pub(crate) fn ended(&mut self, session: SessionId, id: InvocationId) {
        self.running.remove(&(session, id));
    }

    /// A worker answers a call.
    pub(crate) fn answering(&mut self, task: &Task, value: &Option<Payload>) {
        let Some(nonce) = task.nonce else { return };
        let run = self.runs.entry(nonce).or_default();
        match value {
            Some(value) if value.is_null() => run.silent = true,
            Some(_) => run.answered = true,
            None => {
                run.silent = true;
                run.failed = true;
            }
        }
    }

    /// A caller is told an outcome.
    pub(crate) fn told(
        &mut self,
        session: SessionId,
        result: &InvocationResult,
        now: Moment,
        coverage: &mut Coverage,
    ) {
        let id = &result.invocation_id;
        let Some(ledger) = self.ledgers.get_mut(&(session, id.clone())) else {
            panic!("{session:?} was told the end of `{id}`, which it never asked for");
        };
        ledger.answered += 1;
        assert!(ledger.answered <= ledger.asked, "call `{id}` ended twice");
        let nonces = ledger.nonces.clone();
        if let Some(error) = &result.error {
            self.told_error(&nonces, &ErrorBody::from_payload(error), now, coverage);
            return;
        }
        coverage.met("answer result");
        if ledger.builtin {
            return;
        }
        let runs = &self.runs;
        let any = |of: fn(&Run) -> bool| nonces.iter().any(|n| runs.get(n).is_some_and(of));
        match &result.result {
            Some(value) if !value.is_null() => {
                let nonce = answers::answered(value).expect("an answer, and no forgery");
                let own = nonces.contains(&nonce);
                assert!(own, "the answer to {nonce} reached a caller of {nonces:?}");
                assert!(any(|run| run.answered), "nobody answered {nonce}");
            }
            _ => assert!(any(|run| run.silent), "nobody answered {nonces:?} so"),
        }
    }

    fn told_error(
        &self,
        nonces: &BTreeSet<u64>,
        error: &ErrorBody,
        now: Moment,
        coverage: &mut Coverage,
    ) {
        let code: &str = &error.code;
        coverage.met(&format!("answer {code}"));
        let mut runs = nonces.iter().filter_map(|nonce| self.runs.get(nonce));
        match code {
            "boom" => {
                let nonce: u64 = error.message.parse().expect("the number of the call");
                assert!(
                    nonces.contains(&nonce),
                    "the error of {nonce} reached another"
                );
                assert!(self.runs[&nonce].failed, "nobody failed {nonce}");
            }
            "TIMEOUT" => {
                let due = runs.any(|run| run.deadline.is_some_and(|deadline| deadline <= now));
                assert!(due, "{nonces:?} timed out before its deadline");
            }
            _ => assert!(CODES.contains(&code), "ended with {error:?}"),
        }
    }

    /// Nothing is under way any more: every call has ended.
    pub(crate) fn assert_settled(&self) {
        for ((session, id), ledger) in &self.ledgers {
            let (asked, answered) = (ledger.asked, ledger.answered);
            assert_eq!(asked, answered, "call `{id}` of {session:?} never ended");
        }
    }

    pub(super) fn forget(&mut self, session: SessionId) {
        self.ledgers.retain(|(of, _), _| *of != session);
        self.running.retain(|(of, _), _| *of != session);
    }
}
