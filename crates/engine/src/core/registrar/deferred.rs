//! Triggers whose provider is not told of them yet.

use super::Registrar;
use super::binding::offer;
use crate::core::catalog::{Binding, FunctionKey};
use crate::core::effect::Effect;
use crate::core::ids::{Moment, SessionId, TriggerKey};
use std::collections::{BTreeMap, BTreeSet};

/// A published client sends the registration of a trigger type before it stores the handler, and
/// drops, without an answer, whatever arrives in between. Such a provider is told its triggers a
/// moment later.
#[derive(Debug, Default)]
pub(super) struct Deferred {
    /// From when on providers may be told about a type of theirs.
    ready: BTreeMap<(SessionId, FunctionKey), Moment>,
    /// When which trigger is offered to the provider that it is bound to.
    due: BTreeSet<(Moment, TriggerKey)>,
    /// The same by trigger.
    by_trigger: BTreeMap<TriggerKey, Moment>,
}

impl Deferred {
    /// A provider has registered a type and gets ready until then.
    pub(super) fn settle(&mut self, provider: SessionId, kind: FunctionKey, until: Moment) {
        self.ready.insert((provider, kind), until);
    }

    /// A provider has taken a type back.
    pub(super) fn forget(&mut self, provider: SessionId, kind: FunctionKey) {
        self.ready.remove(&(provider, kind));
    }

    /// Until when a provider gets ready for a type of its own.
    pub(super) fn ready_at(
        &self,
        provider: SessionId,
        kind: FunctionKey,
        now: Moment,
    ) -> Option<Moment> {
        let until = self.ready.get(&(provider, kind)).copied();
        until.filter(|until| *until > now)
    }

    /// The provider of this trigger is told at that moment.
    pub(super) fn put(&mut self, key: TriggerKey, at: Moment) {
        self.take(key);
        self.due.insert((at, key));
        self.by_trigger.insert(key, at);
    }

    /// The trigger is not to be offered any more; says whether it still was.
    pub(super) fn take(&mut self, key: TriggerKey) -> bool {
        let at = self.by_trigger.remove(&key);
        at.is_some_and(|at| self.due.remove(&(at, key)))
    }

    /// Whether the provider of this trigger is still to be told.
    pub(super) fn holds(&self, key: TriggerKey) -> bool {
        self.by_trigger.contains_key(&key)
    }

    /// When the next trigger is to be offered.
    pub(super) fn first(&self) -> Option<Moment> {
        self.due.first().map(|(at, _)| *at)
    }
}

/// Offers the triggers whose time has come.
pub(super) fn offer_due(registrar: &mut Registrar, now: Moment, effects: &mut Vec<Effect>) {
    while let Some((at, key)) = registrar.deferred.due.first().copied() {
        if at > now {
            return;
        }
        registrar.deferred.take(key);
        let Some(trigger) = registrar.catalog.triggers.get(&key).cloned() else {
            continue;
        };
        if let Binding::Pending { provider } = trigger.binding {
            offer(registrar, &trigger, provider, effects);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::catalog::{Load, Worker, WorkerDetails};
    use crate::core::registrar::Event;
    use iii_protocol::{
        Limits, Message, Payload, RegisterTrigger, RegisterTriggerType, Text, UnregisterTrigger,
    };
    use std::sync::Arc;

    const CONSUMER: SessionId = SessionId::new(0, 1);
    const PROVIDER: SessionId = SessionId::new(0, 2);
    const SETTLE_MS: u64 = 100;

    /// A registrar with a consumer and a provider, and what it has told the provider.
    struct Rig {
        registrar: Registrar,
        told: Vec<&'static str>,
    }

    impl Rig {
        fn new(provider_features: &[&'static str]) -> Self {
            let limits = Limits {
                trigger_type_settle_ms: SETTLE_MS,
                ..Limits::default()
            };
            let mut rig = Self {
                registrar: Registrar::new(limits),
                told: Vec::new(),
            };
            for (session, features) in [(CONSUMER, &[][..]), (PROVIDER, provider_features)] {
                rig.handle(Event::Connect(Box::new(worker(session))), 0);
                let details = WorkerDetails {
                    features: features.iter().map(|f| Text::from_static(f)).collect(),
                    ..WorkerDetails::default()
                };
                let details = Arc::new(details);
                rig.handle(Event::Name { session, details }, 0);
            }
            rig
        }

        fn handle(&mut self, event: Event, now_ms: u64) {
            let mut effects = Vec::new();
            self.registrar.handle(event, Moment(now_ms), &mut effects);
            for effect in effects {
                if let Effect::Send { to, message } = effect
                    && to == PROVIDER
                {
                    self.told.push(match message {
                        Message::RegisterTrigger(_) => "register",
                        Message::UnregisterTrigger(_) => "unregister",
                        Message::TriggerTypeRegistered(_) => "type registered",
                        _ => "other",
                    });
                }
            }
        }

        fn bind(&mut self, now_ms: u64) {
            let trigger = RegisterTrigger {
                id: "t".into(),
                trigger_type: "bell".into(),
                function_id: "f".into(),
                config: Payload::from_trusted(bytes::Bytes::from_static(b"null")),
                metadata: None,
                namespace: None,
                trigger_namespace: None,
            };
            let event = Event::RegisterTrigger {
                session: CONSUMER,
                trigger: Box::new(trigger),
            };
            self.handle(event, now_ms);
        }

        fn unbind(&mut self, now_ms: u64) {
            let trigger = UnregisterTrigger {
                id: "t".into(),
                trigger_type: None,
            };
            let session = CONSUMER;
            self.handle(Event::UnregisterTrigger { session, trigger }, now_ms);
        }

        fn provide(&mut self, now_ms: u64) {
            let event = Event::RegisterTriggerType {
                session: PROVIDER,
                trigger_type: Box::new(RegisterTriggerType {
                    id: "bell".into(),
                    ..RegisterTriggerType::default()
                }),
            };
            self.handle(event, now_ms);
        }
    }

    fn worker(session: SessionId) -> Worker {
        let id = Text::from(format!("{session:?}").as_str());
        Worker {
            session,
            name: id.clone(),
            worker_id: id.clone(),
            reattach_token: id,
            namespace: Text::from_static("default"),
            named: false,
            trusted: false,
            in_process: false,
            kit: false,
            draining: false,
            address: None,
            connected_at_ms: 0,
            functions: 0,
            details: Arc::default(),
            load: Arc::new(Load::default()),
        }
    }

    #[test]
    fn a_published_provider_gets_a_moment_to_store_its_handler() {
        for type_first in [true, false] {
            let mut rig = Rig::new(&[]);
            if type_first {
                rig.provide(1_000);
                rig.bind(1_001);
            } else {
                rig.bind(999);
                rig.provide(1_000);
            }
            assert!(rig.told.is_empty());
            assert_eq!(rig.registrar.next_tick(), Some(Moment(1_000 + SETTLE_MS)));
            rig.handle(Event::Tick, 1_000 + SETTLE_MS - 1);
            assert!(rig.told.is_empty());
            rig.handle(Event::Tick, 1_000 + SETTLE_MS);
            assert_eq!(rig.told, ["register"]);
            assert_eq!(rig.registrar.next_tick(), None);
        }
    }

    #[test]
    fn later_triggers_and_our_own_clients_do_not_wait() {
        let mut rig = Rig::new(&[]);
        rig.provide(1_000);
        rig.bind(1_000 + SETTLE_MS);
        assert_eq!(rig.told, ["register"]);
        let mut rig = Rig::new(&["iii-kit.v1"]);
        rig.provide(1_000);
        rig.bind(1_000);
        assert_eq!(rig.told, ["type registered", "register"]);
    }

    #[test]
    fn a_provider_hears_nothing_of_a_trigger_that_ended_before_it_was_told() {
        let mut rig = Rig::new(&[]);
        rig.bind(999);
        rig.provide(1_000);
        rig.unbind(1_001);
        rig.handle(Event::Tick, 2_000);
        assert!(rig.told.is_empty());
        rig.bind(2_000);
        rig.unbind(2_001);
        assert_eq!(rig.told, ["register", "unregister"]);
    }
}
