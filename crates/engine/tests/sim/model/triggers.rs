//! Trigger types and triggers: who provides, who wants, and who was told.

use super::{Changed, Model};
use crate::names;
use iii_engine::core::{Moment, SessionId};
use iii_protocol::{
    InvokeFunction, Payload, RegisterTrigger, RegisterTriggerType, Text, TriggerRegistrationResult,
    UnregisterTriggerType,
};
use serde_json::Value;

/// A trigger type and its providers: the first serves.
pub(crate) struct Type {
    pub(crate) id: Text,
    pub(crate) namespace: Text,
    pub(crate) worker_name: Text,
    pub(crate) providers: Vec<SessionId>,
    /// Until when a provider gets ready.
    ready: Vec<(SessionId, Moment)>,
}

impl Type {
    fn provided_by(&mut self, session: SessionId, ready: Moment) {
        self.providers.push(session);
        self.ready.retain(|(of, _)| *of != session);
        self.ready.push((session, ready));
    }
}

/// Who wants a trigger.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Owner {
    /// Replicas of a worker: its name and namespace, and their sessions with the ids they chose.
    Worker(Text, Text, Vec<(SessionId, Text)>),
    /// A function call, which may wait for the answer until some moment.
    Engine(Option<Moment>),
}

/// Who serves a trigger.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Bound {
    Parked,
    Refused,
    Pending(SessionId),
    Bound(SessionId),
}

impl Bound {
    fn provider(self) -> Option<SessionId> {
        match self {
            Self::Parked | Self::Refused => None,
            Self::Pending(provider) | Self::Bound(provider) => Some(provider),
        }
    }
}

/// A trigger.
pub(crate) struct Trigger {
    /// The id its provider knows.
    pub(crate) id: Text,
    pub(crate) kind: Text,
    pub(crate) kind_namespace: Option<Text>,
    pub(crate) function_id: Text,
    pub(crate) namespace: Text,
    config: Value,
    metadata: Option<Value>,
    pub(crate) owner: Owner,
    pub(crate) bound: Bound,
    /// When its provider is told of it, if it was not.
    tell_at: Option<Moment>,
}

fn value(payload: &Payload) -> Value {
    serde_json::from_slice(payload.as_bytes()).expect("the simulation sends JSON")
}

fn blank(namespace: Option<&Text>) -> bool {
    namespace.is_some_and(|namespace| namespace.trim().is_empty())
}

impl Model {
    pub(super) fn register_type(&mut self, session: SessionId, message: &RegisterTriggerType) {
        let worker = self.worker(session).expect("a session is a worker");
        let reserved = message.id.starts_with("engine::") && !worker.trusted;
        let name = worker.name.clone();
        let namespace = message
            .namespace
            .as_ref()
            .unwrap_or(&worker.namespace)
            .clone();
        let place = self
            .types
            .iter()
            .position(|t| t.id == message.id && t.namespace == namespace);
        let foreign = place.is_some_and(|at| self.types[at].worker_name != name);
        let known = place.is_some_and(|at| self.types[at].providers.contains(&session));
        let limit = names::limits().trigger_types_per_session_max;
        let full = !known && self.provided(session) >= limit;
        if reserved || blank(message.namespace.as_ref()) || foreign || full {
            *self
                .rejected
                .entry((session, message.id.clone()))
                .or_default() += 1;
            return;
        }
        let settle_ms = match self.worker(session) {
            Some(worker) if worker.kit => 0,
            _ => names::limits().trigger_type_settle_ms,
        };
        let at = place.unwrap_or_else(|| {
            self.types.push(Type {
                id: message.id.clone(),
                namespace,
                worker_name: name,
                providers: Vec::new(),
                ready: Vec::new(),
            });
            self.types.len() - 1
        });
        if !known {
            self.types[at].provided_by(session, self.now.after_ms(settle_ms));
        }
        self.rebind_all(&message.id);
    }

    /// How many types a session provides.
    pub(crate) fn provided(&self, session: SessionId) -> usize {
        let types = self.types.iter();
        types
            .filter(|kind| kind.providers.contains(&session))
            .count()
    }

    pub(super) fn unregister_type(&mut self, session: SessionId, message: &UnregisterTriggerType) {
        let worker = self.worker(session).expect("a session is a worker");
        let namespace = message
            .namespace
            .as_ref()
            .unwrap_or(&worker.namespace)
            .clone();
        let mut changed = false;
        for kind in &mut self.types {
            if kind.id == message.id && kind.namespace == namespace {
                changed |= kind.providers.contains(&session);
                kind.providers.retain(|provider| *provider != session);
            }
        }
        self.types.retain(|kind| !kind.providers.is_empty());
        if changed {
            self.rebind_all(&message.id);
        }
    }

    pub(super) fn remove_types(&mut self, session: SessionId) {
        let mut ids = Vec::new();
        for kind in &mut self.types {
            if kind.providers.contains(&session) {
                ids.push(kind.id.clone());
                kind.providers.retain(|provider| *provider != session);
            }
        }
        self.types.retain(|kind| !kind.providers.is_empty());
        for id in ids {
            self.rebind_all(&id);
        }
    }

    pub(super) fn register_trigger(&mut self, session: SessionId, message: &RegisterTrigger) {
        let blank = blank(message.namespace.as_ref()) || blank(message.trigger_namespace.as_ref());
        if blank {
            return;
        }
        self.remove_registration(session, &message.id);
        if self.registrations(session) >= names::limits().triggers_per_session_max {
            self.event(Changed::default());
            return;
        }
        let worker = self.worker(session).expect("a session is a worker");
        let (name, namespace) = (worker.name.clone(), worker.namespace.clone());
        let mut wanted = Trigger::of(message, Owner::Worker(name, namespace, Vec::new()));
        let registration = (session, message.id.clone());
        let equal = self
            .triggers
            .iter()
            .position(|known| known.takes(&wanted, session));
        let at = if let Some(at) = equal {
            at
        } else {
            wanted.id = self.provider_id(&message.id);
            self.triggers.push(wanted);
            self.triggers.len() - 1
        };
        if let Owner::Worker(_, _, registrations) = &mut self.triggers[at].owner {
            registrations.push(registration);
        }
        self.rebind(at);
        self.event(Changed::default());
    }

    pub(super) fn unregister_trigger(&mut self, session: SessionId, id: &Text) {
        self.remove_registration(session, id);
        self.event(Changed::default());
    }

    pub(super) fn remove_triggers(&mut self, session: SessionId) {
        for trigger in &mut self.triggers {
            if let Owner::Worker(_, _, registrations) = &mut trigger.owner {
                registrations.retain(|(of, _)| *of != session);
            }
        }
        self.triggers.retain(Trigger::wanted);
    }

    fn remove_registration(&mut self, session: SessionId, id: &Text) {
        for trigger in &mut self.triggers {
            if let Owner::Worker(_, _, registrations) = &mut trigger.owner {
                registrations.retain(|(of, known)| !(*of == session && known == id));
            }
        }
        self.triggers.retain(Trigger::wanted);
    }

    /// Registrations of a session.
    pub(crate) fn registrations(&self, session: SessionId) -> usize {
        let owners = self.triggers.iter().map(|trigger| match &trigger.owner {
            Owner::Worker(_, _, list) => list.iter().filter(|(of, _)| *of == session).count(),
            Owner::Engine(_) => 0,
        });
        owners.sum()
    }

    /// A trigger is bound by a function call.
    pub(super) fn bind(&mut self, session: SessionId, call: &InvokeFunction, now: Moment) {
        let data = value(
            call.data
                .as_ref()
                .expect("the simulation always gives some"),
        );
        let text = |field: &str| data[field].as_str().map(Text::from);
        let worker = self.worker(session).expect("a session is a worker");
        if blank(text("namespace").as_ref()) {
            return;
        }
        let namespace = text("namespace").unwrap_or_else(|| worker.namespace.clone());
        let engine = |trigger: &&Trigger| matches!(trigger.owner, Owner::Engine(_));
        if self.triggers.iter().filter(engine).count() >= names::limits().engine_triggers_max {
            self.event(Changed::default());
            return;
        }
        let asked = text("id");
        let mut trigger = Trigger {
            id: Text::new(),
            kind: text("trigger_type").expect("a type"),
            kind_namespace: None,
            function_id: text("function_id").expect("a function"),
            namespace,
            config: data["config"].clone(),
            metadata: None,
            owner: Owner::Engine(None),
            bound: Bound::Parked,
            tell_at: None,
        };
        // Without a wish the id is one of the engine's making, and nobody else's.
        trigger.id = match asked {
            Some(asked) => self.provider_id(&asked),
            None => {
                self.trigger_count += 1;
                Text::new()
            }
        };
        self.triggers.push(trigger);
        let at = self.triggers.len() - 1;
        self.rebind(at);
        let waits = matches!(self.triggers[at].bound, Bound::Pending(_));
        let until = now.after_ms(names::BIND_TIMEOUT_MS);
        let until = (waits && call.invocation_id.is_some()).then_some(until);
        self.triggers[at].owner = Owner::Engine(until);
        self.event(Changed::default());
    }

    pub(super) fn unbind(&mut self, call: &InvokeFunction) {
        let data = value(
            call.data
                .as_ref()
                .expect("the simulation always gives some"),
        );
        let id = data["id"].as_str().expect("an id");
        self.triggers
            .retain(|trigger| !(trigger.id == id && matches!(trigger.owner, Owner::Engine(_))));
        self.event(Changed::default());
    }

    /// Function calls wait for a provider's answer only so long.
    pub(crate) fn tick_registrar(&mut self, now: Moment) {
        for trigger in &mut self.triggers {
            if matches!(trigger.owner, Owner::Engine(Some(until)) if until <= now) {
                trigger.owner = Owner::Engine(None);
            }
        }
        for at in 0..self.triggers.len() {
            if self.triggers[at].tell_at.is_some_and(|due| due <= now) {
                self.triggers[at].tell_at = None;
                self.tell(at);
            }
        }
    }

    /// The provider of a trigger is told of it and owes an answer.
    fn tell(&mut self, at: usize) {
        let trigger = &self.triggers[at];
        if let Bound::Pending(provider) = trigger.bound
            && trigger.tell_at.is_none()
            && !trigger.id.is_empty()
        {
            let id = trigger.id.clone();
            *self.asked.entry((provider, id)).or_default() += 1;
        }
    }

    /// A provider answers.
    pub(super) fn trigger_result(
        &mut self,
        session: SessionId,
        result: &TriggerRegistrationResult,
    ) {
        if let Some(owed) = self.asked.get_mut(&(session, result.id.clone())) {
            *owed = owed.saturating_sub(1);
            if *owed > 0 {
                // It answers for a trigger that ended before; it was asked again since.
                return;
            }
        }
        let Some(at) = self.triggers.iter().position(|t| t.id == result.id) else {
            return;
        };
        let trigger = &mut self.triggers[at];
        if trigger.bound.provider() != Some(session) || trigger.tell_at.is_some() {
            return;
        }
        let refused = result.error.is_some();
        trigger.bound = if refused {
            Bound::Refused
        } else {
            Bound::Bound(session)
        };
        if let Owner::Engine(waiting @ Some(_)) = &mut trigger.owner {
            *waiting = None;
            if refused {
                self.triggers.remove(at);
            }
        }
    }

    /// Some ids are of the engine's making; they are known once the trigger is in the catalog.
    pub(crate) fn learn(&mut self, at: usize, id: &Text) {
        let trigger = &mut self.triggers[at];
        if trigger.id.is_empty() {
            trigger.id = id.clone();
            self.tell(at);
        }
    }

    fn provider_id(&mut self, wish: &Text) -> Text {
        self.trigger_count += 1;
        if self.triggers.iter().any(|trigger| trigger.id == *wish) {
            return format!("{wish}~{}", self.trigger_count).into();
        }
        wish.clone()
    }

    /// Providers of a type have changed.
    fn rebind_all(&mut self, kind: &Text) {
        for at in 0..self.triggers.len() {
            if self.triggers[at].kind == *kind {
                self.rebind(at);
            }
        }
        self.event(Changed::default());
    }

    fn rebind(&mut self, at: usize) {
        let wanted = self.resolve(&self.triggers[at]);
        let ready = self.ready(&self.triggers[at]);
        let trigger = &mut self.triggers[at];
        if trigger.bound.provider() == wanted {
            return;
        }
        trigger.bound = match wanted {
            None => Bound::Parked,
            Some(SessionId::ENGINE) => Bound::Bound(SessionId::ENGINE),
            Some(provider) => Bound::Pending(provider),
        };
        trigger.tell_at = ready.filter(|_| matches!(trigger.bound, Bound::Pending(_)));
        self.tell(at);
        let trigger = &mut self.triggers[at];
        if wanted.is_none() && matches!(trigger.owner, Owner::Engine(_)) {
            // There is nobody left to wait for.
            trigger.owner = Owner::Engine(None);
        }
    }

    /// Who must serve a trigger.
    pub(crate) fn resolve(&self, trigger: &Trigger) -> Option<SessionId> {
        if [names::WORKERS_AVAILABLE, names::FUNCTIONS_AVAILABLE].contains(&&*trigger.kind) {
            return Some(SessionId::ENGINE);
        }
        self.kind_of(trigger)?.providers.first().copied()
    }

    /// When whoever must serve a trigger is ready to, if that is later.
    fn ready(&self, trigger: &Trigger) -> Option<Moment> {
        let kind = self.kind_of(trigger)?;
        let provider = kind.providers.first()?;
        let (_, ready) = kind.ready.iter().find(|(of, _)| of == provider)?;
        Some(*ready).filter(|ready| *ready > self.now)
    }

    fn kind_of(&self, trigger: &Trigger) -> Option<&Type> {
        let at = |namespace: &str| {
            let mut types = self.types.iter();
            types.find(|t| t.id == trigger.kind && t.namespace == *namespace)
        };
        if let Some(strict) = &trigger.kind_namespace {
            return at(strict);
        }
        let own = match &trigger.owner {
            Owner::Worker(_, namespace, _) => namespace,
            Owner::Engine(_) => &trigger.namespace,
        };
        at(own).or_else(|| at(names::DEFAULT))
    }
}

impl Trigger {
    fn of(message: &RegisterTrigger, owner: Owner) -> Self {
        let namespace = message.namespace.clone();
        Self {
            id: Text::new(),
            kind: message.trigger_type.clone(),
            kind_namespace: message.trigger_namespace.clone(),
            function_id: message.function_id.clone(),
            namespace: namespace.unwrap_or_else(|| names::DEFAULT.into()),
            config: value(&message.config),
            metadata: message.metadata.as_ref().map(value),
            owner,
            bound: Bound::Parked,
            tell_at: None,
        }
    }

    /// Whether a registration by `session` is one with this trigger: it is by another replica, and
    /// wants the same.
    fn takes(&self, wanted: &Self, session: SessionId) -> bool {
        let (Owner::Worker(name, namespace, list), Owner::Worker(name2, namespace2, _)) =
            (&self.owner, &wanted.owner)
        else {
            return false;
        };
        (name, namespace) == (name2, namespace2)
            && !list.iter().any(|(of, _)| *of == session)
            && self.kind == wanted.kind
            && self.kind_namespace == wanted.kind_namespace
            && self.function_id == wanted.function_id
            && self.namespace == wanted.namespace
            && self.config == wanted.config
            && self.metadata == wanted.metadata
    }

    fn wanted(&self) -> bool {
        match &self.owner {
            Owner::Worker(_, _, registrations) => !registrations.is_empty(),
            Owner::Engine(_) => true,
        }
    }
}
