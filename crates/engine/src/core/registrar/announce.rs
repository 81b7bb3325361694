//! Pushes changes of the catalog to whoever bound one of the engine's own trigger types.

use super::Registrar;
use crate::core::builtin::functions_available;
use crate::core::catalog::Trigger;
use crate::core::effect::{Effect, Fire};
use crate::core::ids::Moment;
use iii_protocol::{Payload, Text};
use std::sync::Arc;

/// Listings are pushed at most this often: the first change at once, a storm of them in one.
const LISTING_INTERVAL_MS: u64 = 50;

/// What happened to a worker.
#[derive(Clone, Copy, Debug)]
pub(super) enum Change {
    Connected,
    MetadataUpdated,
    Disconnected,
}

impl Change {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Connected => "worker_connected",
            Self::MetadataUpdated => "worker_metadata_updated",
            Self::Disconnected => "worker_disconnected",
        }
    }
}

/// Changes not pushed yet. Emptied after every event, so it is as small as one event.
#[derive(Debug, Default)]
pub(super) struct Announcements {
    workers: Vec<(Change, Text)>,
    functions: bool,
    last_listing: Option<Moment>,
    due: Option<Moment>,
}

impl Announcements {
    pub(super) fn worker(&mut self, change: Change, worker_id: &Text) {
        self.workers.push((change, worker_id.clone()));
    }

    pub(super) fn functions(&mut self) {
        self.functions = true;
    }

    /// When a held listing is to be pushed.
    pub(super) fn due(&self) -> Option<Moment> {
        self.due
    }
}

/// Turns the changes of one event into calls of the bound functions.
pub(super) fn announce(registrar: &mut Registrar, now: Moment, effects: &mut Vec<Effect>) {
    for (change, worker_id) in std::mem::take(&mut registrar.announcements.workers) {
        let event = change.as_str();
        let json = format!(r#"{{"event":"{event}","worker_id":"{worker_id}"}}"#);
        fire(
            registrar,
            "engine::workers-available",
            &Payload::from_trusted(json.into()),
            effects,
        );
    }
    if !registrar.announcements.functions {
        return;
    }
    if bound(registrar, "engine::functions-available")
        .next()
        .is_none()
    {
        registrar.announcements.functions = false;
        registrar.announcements.due = None;
        return;
    }
    let next = registrar
        .announcements
        .last_listing
        .map(|last| last.after_ms(LISTING_INTERVAL_MS));
    if next.is_some_and(|next| next > now) {
        registrar.announcements.due = next;
        return;
    }
    registrar.announcements.functions = false;
    registrar.announcements.due = None;
    registrar.announcements.last_listing = Some(now);
    let payload = functions_available(&registrar.catalog);
    fire(registrar, "engine::functions-available", &payload, effects);
}

fn bound<'a>(
    registrar: &'a Registrar,
    trigger_type: &str,
) -> impl Iterator<Item = &'a Arc<Trigger>> + use<'a> {
    let keys = registrar.indexes.by_type.get(&Text::from(trigger_type));
    keys.into_iter()
        .flatten()
        .filter_map(|key| registrar.catalog.triggers.get(key))
}

fn fire(registrar: &Registrar, trigger_type: &str, data: &Payload, effects: &mut Vec<Effect>) {
    for trigger in bound(registrar, trigger_type) {
        effects.push(Effect::Fire(Box::new(Fire {
            namespace: trigger.namespace.clone(),
            function_id: trigger.function_id.clone(),
            data: data.clone(),
            metadata: trigger.metadata.clone(),
        })));
    }
}
