//! A simulated worker: what it knows, and how it takes what the engine sends.

use crate::check::Checks;
use fastrand::Rng;
use iii_engine::core::SessionId;
use iii_protocol::{
    InvocationId, InvokeFunction, Message, RegisterTrigger, Text, TriggerRegistrationResult,
};
use std::collections::BTreeMap;

/// Most ids a worker remembers to misuse later.
const REMEMBERED_MAX: usize = 6;

/// What kind of worker it is, decided when it connects.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nature {
    /// It speaks our additions to the protocol.
    pub(crate) kit: bool,
    /// It is in-process or holds the operator token.
    pub(crate) trusted: bool,
    /// It never answers a call.
    pub(crate) mute: bool,
    /// It never says who it is.
    pub(crate) nameless: bool,
}

/// A call it was given.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) id: InvocationId,
    /// What the caller put into the payload, if it was one of ours.
    pub(crate) nonce: Option<u64>,
}

/// How it stands to a trigger that the engine told it of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    Unanswered,
    Accepted,
    Refused,
}

/// A worker.
pub(crate) struct Client {
    pub(crate) session: SessionId,
    pub(crate) nature: Nature,
    /// It has sent its name.
    pub(crate) named: bool,
    /// It reads what it is sent.
    pub(crate) reads: bool,
    /// Calls it has not answered.
    pub(crate) tasks: Vec<Task>,
    /// Calls it has answered, to answer them again.
    pub(crate) done: Vec<Task>,
    /// Calls it has made, to cancel them or use their ids again.
    pub(crate) made: Vec<InvocationId>,
    /// Ids of triggers it has registered, to end them.
    pub(crate) triggers: Vec<Text>,
    /// Ids of triggers it has bound by a function call.
    pub(crate) bound: Vec<Text>,
    /// Triggers it was told of as a provider.
    pub(crate) held: BTreeMap<Text, Held>,
    /// Answers it owes as a provider, in order.
    pub(crate) owed: Vec<TriggerRegistrationResult>,
}

impl Client {
    pub(crate) fn new(session: SessionId, nature: Nature) -> Self {
        Self {
            session,
            nature,
            named: false,
            reads: true,
            tasks: Vec::new(),
            done: Vec::new(),
            made: Vec::new(),
            triggers: Vec::new(),
            bound: Vec::new(),
            held: BTreeMap::new(),
            owed: Vec::new(),
        }
    }

    /// Takes one message.
    pub(crate) fn take(&mut self, message: Message, checks: &mut Checks, rng: &mut Rng) {
        match message {
            Message::InvokeFunction(call) => self.take_call(&call),
            Message::CancelInvocation(cancel) => {
                assert!(self.nature.kit, "a plain client was sent a cancellation");
                // Half of the handlers stop at once, the others answer to nobody.
                if rng.bool() {
                    self.tasks.retain(|task| task.id != cancel.invocation_id);
                }
            }
            Message::RegisterTrigger(trigger) => self.take_trigger(*trigger, rng),
            Message::UnregisterTrigger(trigger) => {
                let held = self.held.remove(&trigger.id);
                let id = &trigger.id;
                assert!(held.is_some(), "told to end `{id}`, which it was not given");
            }
            Message::TriggerRegistrationResult(result) => {
                checks.registrants.answered(self.session, &result);
                if result.error.is_none() {
                    remember(&mut self.triggers, result.id, rng);
                }
            }
            Message::FunctionRegistered(registered) => {
                checks.functions.accepted(self.session, &registered.id);
            }
            // The model counts functions only.
            Message::TriggerTypeRegistered(_) => assert!(self.nature.kit),
            Message::RegistrationRejected(rejected) => {
                if let Some(id) = &rejected.function_id {
                    checks.functions.rejected(self.session, id);
                }
            }
            Message::InvocationResult(result) => self.take_bound(&result, rng),
            Message::Pong => {}
            other => panic!("{:?} was sent {other:?}", self.session),
        }
    }

    fn take_call(&mut self, call: &InvokeFunction) {
        let id = call.invocation_id.clone();
        let id = id.expect("a call arrives with an id");
        assert!(call.action.is_none(), "an executor was sent an action");
        assert!(call.timeout_ms.is_none() || self.nature.kit);
        let known = self.tasks.iter().any(|task| task.id == id);
        assert!(!known, "call `{id}` was given twice");
        self.tasks.push(Task {
            id,
            nonce: call.data.as_ref().and_then(crate::answers::nonce),
        });
    }

    fn take_trigger(&mut self, trigger: RegisterTrigger, rng: &mut Rng) {
        let before = self.held.get(&trigger.id);
        let free = matches!(before, None | Some(Held::Refused));
        assert!(free, "told twice of trigger `{}`", trigger.id);
        self.held.insert(trigger.id.clone(), Held::Unanswered);
        let error = (rng.u32(0..8) == 0).then(|| crate::answers::error("no", "not this one"));
        self.owed.push(TriggerRegistrationResult {
            id: trigger.id,
            trigger_type: trigger.trigger_type,
            function_id: Some(trigger.function_id),
            error,
        });
    }

    /// Answers for the oldest trigger it has not answered for.
    pub(crate) fn answer_trigger(&mut self) -> Option<Message> {
        if self.owed.is_empty() {
            return None;
        }
        let answer = self.owed.remove(0);
        let refused = answer.error.is_some();
        // The engine may have ended it meanwhile; the answer is then for nobody.
        if let Some(held) = self.held.get_mut(&answer.id) {
            *held = if refused {
                Held::Refused
            } else {
                Held::Accepted
            };
        }
        Some(Message::TriggerRegistrationResult(Box::new(answer)))
    }

    /// Remembers the id of a trigger that was bound by a function call.
    fn take_bound(&mut self, result: &iii_protocol::InvocationResult, rng: &mut Rng) {
        let function = result.function_id.as_deref();
        if let (Some("engine::register_trigger"), Some(value)) = (function, &result.result) {
            let id = crate::answers::field(value, "id").expect("the id of the trigger");
            assert!(!id.is_empty(), "a trigger was bound under an empty id");
            remember(&mut self.bound, id.as_str().into(), rng);
        }
    }

    /// Remembers a call it makes.
    pub(crate) fn remember_call(&mut self, id: InvocationId, rng: &mut Rng) {
        remember(&mut self.made, id, rng);
    }

    /// Takes out a call to answer, and remembers it.
    pub(crate) fn finish_task(&mut self, rng: &mut Rng) -> Option<Task> {
        if self.tasks.is_empty() {
            return None;
        }
        let task = self.tasks.swap_remove(rng.usize(0..self.tasks.len()));
        remember(&mut self.done, task.clone(), rng);
        Some(task)
    }
}

fn remember<T>(list: &mut Vec<T>, item: T, rng: &mut Rng) {
    if list.len() >= REMEMBERED_MAX {
        let at = rng.usize(0..list.len());
        list.swap_remove(at);
    }
    list.push(item);
}
