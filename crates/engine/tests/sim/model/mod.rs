//! A naive model of the catalog: lists searched from end to end, written from the specification
//! and not from the registrar.
//!
//! It is told every message that a session handles, before the session handles it, and says what
//! the catalog must then look like.

mod functions;
mod naming;
mod triggers;

use crate::names;
use iii_engine::core::{Inbound, Moment, SessionId};
use iii_protocol::{DecodeError, InvokeFunction, Message, Text};
use std::collections::{BTreeMap, VecDeque};

pub(crate) use triggers::{Bound, Owner, Trigger, Type};

/// A connected worker.
pub(crate) struct Worker {
    pub(crate) session: SessionId,
    pub(crate) name: Text,
    pub(crate) namespace: Text,
    /// It has said who it is.
    pub(crate) named: bool,
    /// Its registrations are applied as they come.
    pub(crate) settled: bool,
    held: VecDeque<Message>,
    until: Moment,
    pub(crate) kit: bool,
    trusted: bool,
    pub(crate) draining: bool,
    /// Ids of the functions it has registered.
    pub(crate) offered: Vec<Text>,
    /// It may not do anything any more.
    refused: bool,
}

/// A function and who runs it.
pub(crate) struct Function {
    pub(crate) id: Text,
    pub(crate) namespace: Text,
    pub(crate) worker_name: Text,
    pub(crate) replicas: Vec<SessionId>,
    pub(crate) exclusive: bool,
    pub(crate) timeout_ms: Option<u64>,
}

/// What must be there.
#[derive(Default)]
pub(crate) struct Model {
    /// When what is being told happens.
    pub(crate) now: Moment,
    pub(crate) workers: Vec<Worker>,
    pub(crate) functions: Vec<Function>,
    pub(crate) types: Vec<Type>,
    pub(crate) triggers: Vec<Trigger>,
    trigger_count: u64,
    /// How many answers each provider owes about an id.
    asked: BTreeMap<(SessionId, Text), u32>,
    /// Calls that the engine must have made for changes of workers.
    pub(crate) worker_events: u64,
    /// A changed listing is due to be pushed.
    pub(crate) listing_due: bool,
    /// How often each session's functions must have been accepted and refused aloud.
    pub(crate) accepted: BTreeMap<(SessionId, Text), u64>,
    pub(crate) rejected: BTreeMap<(SessionId, Text), u64>,
    /// A worker named itself after its registrations were applied.
    pub(crate) named_late: u64,
}

/// What an event has changed, for those who are told of changes.
#[derive(Clone, Copy, Default)]
struct Changed {
    worker: bool,
    functions: bool,
}

impl Model {
    /// A connection begins.
    pub(crate) fn connect(&mut self, session: SessionId, worker_id: &Text, trusted: bool) {
        self.workers.push(Worker {
            session,
            name: worker_id.clone(),
            namespace: names::DEFAULT.into(),
            named: false,
            settled: false,
            held: VecDeque::new(),
            until: Moment(0),
            kit: false,
            trusted,
            draining: false,
            offered: Vec::new(),
            refused: false,
        });
        self.event(Changed {
            worker: true,
            functions: false,
        });
    }

    /// A connection ends, and everything it brought.
    pub(crate) fn disconnect(&mut self, session: SessionId) {
        let functions = self.remove_functions(session);
        self.remove_triggers(session);
        self.remove_types(session);
        self.workers.retain(|worker| worker.session != session);
        self.asked.retain(|(of, _), _| *of != session);
        self.accepted.retain(|(of, _), _| *of != session);
        self.rejected.retain(|(of, _), _| *of != session);
        self.event(Changed {
            worker: true,
            functions,
        });
    }

    /// A session is about to handle something, with `waiting` calls of its own open.
    pub(crate) fn inbound(
        &mut self,
        session: SessionId,
        inbound: &Inbound,
        now: Moment,
        waiting: usize,
    ) {
        let message = match inbound {
            Inbound::Message(message) => message,
            Inbound::Malformed(error) => {
                self.malformed(session, error);
                return;
            }
            _ => return,
        };
        match message {
            Message::InvokeFunction(call) => self.call(session, call, now, waiting),
            Message::RegisterFunction(_)
            | Message::UnregisterFunction(_)
            | Message::RegisterTriggerType(_)
            | Message::UnregisterTriggerType(_)
            | Message::RegisterTrigger(_)
            | Message::UnregisterTrigger(_) => self.registration(session, message, now),
            Message::TriggerRegistrationResult(result) => {
                self.trigger_result(session, result);
                self.event(Changed::default());
            }
            Message::Drain(_) => {
                self.worker_mut(session).draining = true;
                let functions = self.remove_replicas(session);
                self.event(Changed {
                    worker: false,
                    functions,
                });
            }
            Message::Reattach(_) => self.event(Changed::default()),
            _ => {}
        }
    }

    /// A registration that cannot be read is refused at once, also by a worker without a name.
    fn malformed(&mut self, session: SessionId, error: &DecodeError) {
        let kind = error.message_type.as_deref();
        if let (Some("registerfunction" | "registertriggertype"), Some(id)) =
            (kind, &error.registration_id)
        {
            let place = (session, Text::from(id.as_str()));
            *self.rejected.entry(place).or_default() += 1;
        }
    }

    /// Calls that the engine answers itself and that change something.
    fn call(&mut self, session: SessionId, call: &InvokeFunction, now: Moment, waiting: usize) {
        let limit = names::limits().calls_per_session_max;
        let refused = call.invocation_id.is_some() && waiting >= limit;
        if refused || call.namespace.is_some() || call.action.is_some() {
            return;
        }
        match &*call.function_id {
            "engine::workers::register" => self.name(session, call),
            "engine::register_trigger" => self.bind(session, call, now),
            "engine::unregister_trigger" => self.unbind(call),
            _ => {}
        }
    }

    /// One registration, held back or applied.
    fn registration(&mut self, session: SessionId, message: &Message, now: Moment) {
        let limits = names::limits();
        let worker = self.worker_mut(session);
        if worker.settled {
            self.apply(session, message);
            return;
        }
        if worker.held.is_empty() {
            worker.until = now.after_ms(limits.registration_namespace_grace_ms);
        }
        if worker.held.len() < limits.held_registrations_max {
            worker.held.push_back(message.clone());
        }
    }

    fn apply(&mut self, session: SessionId, message: &Message) {
        match message {
            Message::RegisterFunction(function) => self.register_function(session, function),
            Message::UnregisterFunction(function) => self.unregister_function(session, function),
            Message::RegisterTriggerType(kind) => self.register_type(session, kind),
            Message::UnregisterTriggerType(kind) => self.unregister_type(session, kind),
            Message::RegisterTrigger(trigger) => self.register_trigger(session, trigger),
            Message::UnregisterTrigger(trigger) => self.unregister_trigger(session, &trigger.id),
            other => panic!("{other:?} is no registration"),
        }
    }

    /// One event of the registrar is over: who is told?
    fn event(&mut self, changed: Changed) {
        let bound = |kind: &str| self.triggers.iter().filter(|t| t.kind == kind).count() as u64;
        let (workers, listings) = (
            bound(names::WORKERS_AVAILABLE),
            bound(names::FUNCTIONS_AVAILABLE),
        );
        if changed.worker {
            self.worker_events += workers;
        }
        if listings == 0 && (changed.functions || self.listing_due) {
            self.listing_due = false;
        } else if changed.functions {
            self.listing_due = true;
        }
    }

    pub(crate) fn worker(&self, session: SessionId) -> Option<&Worker> {
        self.workers.iter().find(|worker| worker.session == session)
    }

    fn worker_mut(&mut self, session: SessionId) -> &mut Worker {
        let worker = self.workers.iter_mut().find(|w| w.session == session);
        worker.expect("a session is a worker")
    }
}
