//! Who a worker is, and what waits until that is known.

use super::Session;
use super::caller::worker_object;
use crate::core::authorizer::{Refusal, Request};
use crate::core::catalog::{Snapshot, WorkerDetails};
use crate::core::effect::Effect;
use crate::core::ids::Moment;
use crate::core::message;
use crate::core::registrar::Event;
use iii_protocol::{Message, RegistrationRejected};
use std::collections::VecDeque;
use std::sync::Arc;

/// The feature name of our additions to the protocol.
const KIT_FEATURE: &str = "iii-kit.v1";

/// Registrations may arrive before the worker says its name and namespace. They are held, in
/// order, until it does or a grace period ends.
#[derive(Debug)]
pub(in crate::core) enum Naming {
    /// The worker has not named itself.
    Waiting {
        /// Registrations in order of arrival.
        held: VecDeque<Message>,
        /// When they are applied without a name.
        until: Moment,
    },
    /// It has, or the grace period has ended.
    Settled {
        /// Whether it has named itself.
        named: bool,
    },
}

impl Naming {
    pub(super) const fn waiting(until: Moment) -> Self {
        Self::Waiting {
            held: VecDeque::new(),
            until,
        }
    }

    pub(super) fn next(&self) -> Moment {
        match self {
            Self::Waiting { held, until } if !held.is_empty() => *until,
            _ => Moment(u64::MAX),
        }
    }
}

/// Holds a registration back while the worker is unnamed; gives it back when it is to be handled.
pub(in crate::core) fn hold(
    session: &mut Session,
    registration: Message,
    now: Moment,
    effects: &mut Vec<Effect>,
) -> Option<Message> {
    let held_max = session.rules.limits.held_registrations_max;
    let grace_ms = session.rules.limits.registration_namespace_grace_ms;
    let Naming::Waiting { held, until } = &mut session.naming else {
        return Some(registration);
    };
    if held.is_empty() {
        // The grace period counts from the first registration that waits.
        *until = now.after_ms(grace_ms);
    }
    if held.len() >= held_max {
        effects.push(Effect::Close {
            session: session.id,
            code: 1008,
            reason: "too many registrations before the worker named itself",
        });
        return None;
    }
    held.push_back(registration);
    None
}

/// The worker names itself. The first time decides name and namespace, unless registrations were
/// applied before it; later times only update the rest.
pub(in crate::core) fn name(
    session: &mut Session,
    mut details: WorkerDetails,
    catalog: &Snapshot,
    now: Moment,
    effects: &mut Vec<Effect>,
) -> Result<(), Refusal> {
    if !matches!(session.naming, Naming::Settled { named: true }) {
        if let Some(name) = &details.name
            && let Err(refusal) = session.authorize(Request::Name { name })
        {
            let rejected = RegistrationRejected {
                code: refusal.code.as_str().into(),
                namespace: details.namespace.clone().unwrap_or_default(),
                worker_name: Some(name.clone()),
                function_id: None,
                trigger_type: None,
                owner_worker_id: iii_protocol::Text::new(),
                message: Some(refusal.message.as_str().into()),
            };
            session.send(Message::RegistrationRejected(Box::new(rejected)), effects);
            effects.push(Effect::Close {
                session: session.id,
                code: 1008,
                reason: "the worker name is reserved",
            });
            return Err(refusal);
        }
        adopt(session, &details);
    }
    if matches!(session.naming, Naming::Settled { .. }) {
        details.name = None;
        details.namespace = None;
    }
    let event = Event::Name {
        session: session.id,
        details: Arc::new(details),
    };
    effects.push(Effect::Registry(Box::new(event)));
    settle(session, true, catalog, now, effects);
    Ok(())
}

fn adopt(session: &mut Session, details: &WorkerDetails) {
    session.kit = details
        .features
        .iter()
        .any(|feature| *feature == KIT_FEATURE);
    // A namespace cannot change once registrations were applied in it.
    if let (Naming::Waiting { .. }, Some(namespace)) = (&session.naming, &details.namespace) {
        session.identity.namespace = namespace.clone();
    }
    if let (Naming::Waiting { .. }, Some(name)) = (&session.naming, &details.name) {
        session.identity.name = name.clone();
    }
    session.caller = worker_object(&session.identity);
}

/// The grace period is over: what was held is applied in namespace `default`.
pub(super) fn expire(
    session: &mut Session,
    catalog: &Snapshot,
    now: Moment,
    effects: &mut Vec<Effect>,
) {
    if session.naming.next() <= now {
        settle(session, false, catalog, now, effects);
    }
}

fn settle(
    session: &mut Session,
    named: bool,
    catalog: &Snapshot,
    now: Moment,
    effects: &mut Vec<Effect>,
) {
    let before = std::mem::replace(&mut session.naming, Naming::Settled { named });
    if let Naming::Waiting { held, .. } = before {
        for registration in held {
            message::dispatch(session, registration, catalog, now, effects);
        }
    }
}
