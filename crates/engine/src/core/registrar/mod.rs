//! The owner of the catalog.

mod announce;
mod binding;
mod connect;
mod deferred;
mod disconnect;
mod drain;
mod engine_trigger;
mod indexes;
mod name_worker;
mod reattach;
mod register_function;
mod register_trigger;
mod register_trigger_type;
mod trigger_result;
mod unregister_function;
mod unregister_trigger;
mod unregister_trigger_type;

use super::catalog::{Snapshot, Worker, WorkerDetails};
use super::effect::Effect;
use super::ids::{CallKey, Moment, SessionId};
use announce::Announcements;
use deferred::Deferred;
use iii_protocol::{
    Limits, Payload, Reattach, RegisterFunction, RegisterTrigger, RegisterTriggerType, Text,
    TriggerRegistrationResult, UnregisterTrigger, UnregisterTriggerType,
};
use indexes::Indexes;
use std::sync::Arc;

/// What can happen to the catalog.
#[derive(Debug)]
pub enum Event {
    /// A connection was accepted.
    Connect(Box<Worker>),
    /// A worker says who it is.
    Name {
        /// Which connection.
        session: SessionId,
        /// What it says; name and namespace only while they are not decided.
        details: Arc<WorkerDetails>,
    },
    /// A worker offers a function.
    RegisterFunction {
        /// Which connection.
        session: SessionId,
        /// The announcement.
        function: Box<RegisterFunction>,
    },
    /// A worker takes a function back.
    UnregisterFunction {
        /// Which connection.
        session: SessionId,
        /// The function's id.
        id: Text,
    },
    /// A worker provides a trigger type.
    RegisterTriggerType {
        /// Which connection.
        session: SessionId,
        /// The announcement.
        trigger_type: Box<RegisterTriggerType>,
    },
    /// A worker stops providing a trigger type.
    UnregisterTriggerType {
        /// Which connection.
        session: SessionId,
        /// Which type.
        trigger_type: UnregisterTriggerType,
    },
    /// A worker binds a trigger.
    RegisterTrigger {
        /// Which connection.
        session: SessionId,
        /// The binding.
        trigger: Box<RegisterTrigger>,
    },
    /// A worker ends a trigger.
    UnregisterTrigger {
        /// Which connection.
        session: SessionId,
        /// Which trigger.
        trigger: UnregisterTrigger,
    },
    /// A provider accepts or refuses a trigger.
    TriggerResult {
        /// Which connection.
        session: SessionId,
        /// Its answer.
        result: Box<TriggerRegistrationResult>,
    },
    /// A trigger is bound by a function call and belongs to no connection.
    BindForEngine {
        /// The call that waits for the answer, if one does.
        waiting: Option<CallKey>,
        /// The namespace where the provider is looked for first.
        namespace: Text,
        /// The binding.
        trigger: Box<RegisterTrigger>,
    },
    /// Such a trigger is ended by a function call.
    UnbindForEngine {
        /// The call that waits for the answer, if one does.
        waiting: Option<CallKey>,
        /// The trigger's id.
        id: Text,
    },
    /// A worker says that an older connection of its own may be dropped.
    Reattach {
        /// Which connection.
        session: SessionId,
        /// The older one, with proof.
        reattach: Reattach,
    },
    /// A worker takes no new calls.
    Drain {
        /// Which connection.
        session: SessionId,
    },
    /// A connection has ended.
    Disconnect {
        /// Which connection.
        session: SessionId,
    },
    /// Time has passed.
    Tick,
}

/// The single writer of the catalog.
#[derive(Debug)]
pub struct Registrar {
    catalog: Snapshot,
    indexes: Indexes,
    announcements: Announcements,
    deferred: Deferred,
    limits: Limits,
    next_trigger: u64,
    /// The moment of the event that is being applied.
    now: Moment,
}

impl Registrar {
    /// An empty catalog.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            catalog: Snapshot::default(),
            indexes: Indexes::default(),
            announcements: Announcements::default(),
            deferred: Deferred::default(),
            limits,
            next_trigger: 0,
            now: Moment(0),
        }
    }

    /// Applies one event.
    pub fn handle(&mut self, event: Event, now: Moment, effects: &mut Vec<Effect>) {
        self.now = now;
        match event {
            Event::Connect(worker) => connect::connect(self, *worker),
            Event::Name { session, details } => name_worker::name_worker(self, session, details),
            Event::RegisterFunction { session, function } => {
                register_function::register_function(self, session, &function, effects);
            }
            Event::UnregisterFunction { session, id } => {
                unregister_function::unregister_function(self, session, &id);
            }
            Event::RegisterTriggerType {
                session,
                trigger_type,
            } => {
                register_trigger_type::register_trigger_type(self, session, &trigger_type, effects);
            }
            Event::UnregisterTriggerType {
                session,
                trigger_type,
            } => {
                unregister_trigger_type::unregister_trigger_type(
                    self,
                    session,
                    &trigger_type,
                    effects,
                );
            }
            Event::RegisterTrigger { session, trigger } => {
                register_trigger::register_trigger(self, session, &trigger, effects);
            }
            Event::UnregisterTrigger { session, trigger } => {
                unregister_trigger::unregister_trigger(self, session, &trigger, effects);
            }
            Event::TriggerResult { session, result } => {
                trigger_result::trigger_result(self, session, &result, effects);
            }
            Event::BindForEngine {
                waiting,
                namespace,
                trigger,
            } => {
                engine_trigger::bind(self, waiting, &namespace, &trigger, now, effects);
            }
            Event::UnbindForEngine { waiting, id } => {
                engine_trigger::unbind(self, waiting, &id, effects);
            }
            Event::Reattach { session, reattach } => {
                reattach::reattach(self, session, &reattach, effects);
            }
            Event::Drain { session } => drain::drain(self, session),
            Event::Disconnect { session } => disconnect::disconnect(self, session, effects),
            Event::Tick => {
                engine_trigger::expire(self, now, effects);
                deferred::offer_due(self, now, effects);
            }
        }
        announce::announce(self, now, effects);
    }

    /// The catalog as it is now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.catalog.clone()
    }

    /// When [`Event::Tick`] has something to do at the earliest.
    #[must_use]
    pub fn next_tick(&self) -> Option<Moment> {
        let chores = [
            self.indexes.first_waiting(),
            self.announcements.due(),
            self.deferred.first(),
        ];
        chores.into_iter().flatten().min()
    }

    /// Marks the catalog as changed.
    fn changed(&mut self) {
        self.catalog.version += 1;
    }

    fn worker(&self, session: SessionId) -> Option<&Arc<Worker>> {
        self.catalog.workers.get(&session)
    }

    fn update_worker(&mut self, session: SessionId, update: impl FnOnce(&mut Worker)) {
        if let Some(worker) = self.catalog.workers.get_mut(&session) {
            update(Arc::make_mut(worker));
        }
    }
}

/// A payload's canonical form: members sorted, no white space. Only for comparing.
fn canonical(payload: &Payload) -> String {
    serde_json::from_slice::<serde_json::Value>(payload.as_bytes()).map_or_else(
        |_| String::from_utf8_lossy(payload.as_bytes()).into_owned(),
        |v| v.to_string(),
    )
}
