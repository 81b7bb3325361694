//! Whoever registers a trigger is told how that went, and the last word is true.

use crate::model::{Bound, Model, Owner};
use iii_engine::core::SessionId;
use iii_protocol::{DecodeError, RegisterTrigger, Text, TriggerRegistrationResult};
use std::collections::{BTreeMap, BTreeSet};

/// What registrants were told.
#[derive(Default)]
pub(crate) struct Registrants {
    /// Registrations without an end, by what was said of them last.
    open: BTreeMap<(SessionId, Text), Option<Said>>,
    /// Registrations that stay although the last word said of their id is a refusal.
    kept: BTreeSet<(SessionId, Text)>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Said {
    Accepted,
    Refused,
}

impl Registrants {
    /// A session is about to handle a registration.
    pub(crate) fn registers(&mut self, session: SessionId, trigger: &RegisterTrigger) {
        let blank = |namespace: &Option<Text>| {
            namespace
                .as_ref()
                .is_some_and(|namespace| namespace.trim().is_empty())
        };
        let place = (session, trigger.id.clone());
        let refused = blank(&trigger.namespace) || blank(&trigger.trigger_namespace);
        if refused && (self.kept.contains(&place) || self.open.contains_key(&place)) {
            // A replacement that is refused at sight leaves what it was to replace, and the last
            // word is about the replacement.
            self.open.remove(&place);
            self.kept.insert(place);
        } else {
            self.kept.remove(&place);
            self.open.insert(place, None);
        }
    }

    /// A session is about to handle a registration that cannot be read.
    pub(crate) fn registers_badly(&mut self, session: SessionId, error: &DecodeError) {
        let is_trigger = error.message_type.as_deref() == Some("registertrigger");
        if let Some(id) = error.registration_id.as_deref().filter(|_| is_trigger) {
            self.open.insert((session, id.into()), None);
        }
    }

    /// A session is about to handle the end of one.
    pub(crate) fn unregisters(&mut self, session: SessionId, id: &Text) {
        let place = (session, id.clone());
        self.open.remove(&place);
        self.kept.remove(&place);
    }

    /// A registrant is told something.
    pub(crate) fn answered(&mut self, session: SessionId, result: &TriggerRegistrationResult) {
        if let Some(said) = self.open.get_mut(&(session, result.id.clone())) {
            *said = Some(match result.error {
                None => Said::Accepted,
                Some(_) => Said::Refused,
            });
        }
    }

    /// Nothing is under way any more: everybody knows how it went.
    pub(crate) fn assert_settled(&self, model: &Model) {
        for ((session, id), said) in &self.open {
            let said = said.unwrap_or_else(|| panic!("{session:?} was told nothing of `{id}`"));
            let trigger = model.triggers.iter().find(|trigger| match &trigger.owner {
                Owner::Worker(_, _, list) => list.contains(&(*session, id.clone())),
                Owner::Engine(_) => false,
            });
            let wanted = match trigger.map(|trigger| trigger.bound) {
                Some(Bound::Parked | Bound::Bound(_)) => Said::Accepted,
                Some(Bound::Refused) | None => Said::Refused,
                Some(Bound::Pending(_)) => panic!("the provider of `{id}` has not answered"),
            };
            assert_eq!(said, wanted, "what {session:?} was told of `{id}`");
        }
    }

    pub(super) fn forget(&mut self, session: SessionId) {
        self.open.retain(|(of, _), _| *of != session);
        self.kept.retain(|(of, _)| *of != session);
    }
}
