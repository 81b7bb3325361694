//! Queues that are declared, defined and changed.

use super::definition::{Definition, Kind, LOG};
use super::{Broker, Entry};
use crate::core::ids::QueueId;
use crate::core::queue::Queue;
use crate::core::settings::Settings;
use bytes::Bytes;
use iii_ports::UnixMs;
use iii_ports::log::{Change, EntryId};
use serde_json::{Map, Value};

/// The settings of a queue cannot be changed so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct DefineError(pub(crate) String);

/// A queue with new settings; they apply when the change is durable.
#[derive(Debug)]
pub(crate) struct Defined {
    pub(crate) id: QueueId,
    pub(crate) settings: Settings,
    pub(crate) definition: Definition,
    pub(crate) change: Change,
}

impl Broker {
    /// A queue as it was kept. Its messages are loaded next.
    pub(crate) fn restore(&mut self, id: QueueId, mut definition: Definition, now: UnixMs) {
        self.next_queue = self.next_queue.max(id.0 + 1);
        let settings = definition.live.clone().unwrap_or_default();
        let mut queue = Queue::new(id, settings);
        queue.set_paused(definition.is_paused);
        // What was defined while an engine ran lasts; what a file declared lasts as long as that.
        let is_open = match &definition.kind {
            Kind::Named { name } => {
                self.by_name.insert(name.clone(), id);
                definition.live.is_some() && definition.instead_of.is_none()
            }
            _ if definition.is_ended => false,
            kind => {
                self.note_topic(id, kind);
                true
            }
        };
        if let Kind::Subscription { idle_since, .. } = &mut definition.kind {
            // Who was bound when the last engine died has to come back like everybody else.
            idle_since.get_or_insert(now.0);
        }
        let entry = Entry {
            queue,
            definition,
            is_open,
            is_kept: true,
            wake_at: None,
        };
        self.entries.insert(id, entry);
        self.with(id, |_, _| ());
    }

    /// The configuration names a queue.
    pub(crate) fn declare(
        &mut self,
        name: &str,
        settings: &Settings,
        now: UnixMs,
    ) -> Option<Change> {
        let Some(&id) = self.by_name.get(name) else {
            let name = name.to_owned();
            let id = self.make(Kind::Named { name }, settings.clone());
            if let Some(entry) = self.entries.get_mut(&id) {
                // The worker does not begin before the answer is written.
                entry.is_kept = true;
            }
            return Some(self.definition_change(id));
        };
        let entry = self.entries.get_mut(&id)?;
        entry.is_open = true;
        let definition = &mut entry.definition;
        let is_newer = definition.instead_of.as_ref() != Some(settings);
        let change = definition.live.is_some() && is_newer;
        if change {
            definition.live = None;
            definition.instead_of = None;
        }
        let settings = definition.live.clone().unwrap_or_else(|| settings.clone());
        self.with(id, |queue, _| queue.configure(settings, now));
        change.then(|| self.definition_change(id))
    }

    /// The configuration does not name it any more: what it holds is still handed over.
    pub(crate) fn close(&mut self, name: &str) {
        if let Some(id) = self.by_name.get(name)
            && let Some(entry) = self.entries.get_mut(id)
        {
            entry.is_open =
                entry.definition.live.is_some() && entry.definition.instead_of.is_none();
        }
    }

    /// Makes a queue that was not there, without writing it down.
    pub(crate) fn make(&mut self, kind: Kind, settings: Settings) -> QueueId {
        let id = QueueId(self.next_queue);
        self.next_queue += 1;
        match &kind {
            Kind::Named { name } => {
                self.by_name.insert(name.clone(), id);
            }
            kind => self.note_topic(id, kind),
        }
        let entry = Entry {
            queue: Queue::new(id, settings),
            definition: Definition::new(kind),
            is_open: true,
            is_kept: false,
            wake_at: None,
        };
        self.entries.insert(id, entry);
        id
    }

    /// Changes some settings of a named queue, or makes it. `declared` are those of the
    /// configuration, if it names the queue.
    pub(crate) fn define(
        &mut self,
        name: &str,
        patch: Map<String, Value>,
        declared: Option<&Settings>,
    ) -> Result<Defined, DefineError> {
        let current = self.named(name).map(|entry| entry.queue.settings().clone());
        let base = current.or_else(|| declared.cloned()).unwrap_or_default();
        let settings = patched(&base, patch)?;
        let known = self.by_name.get(name).copied();
        let id = known.unwrap_or_else(|| {
            let name = name.to_owned();
            let id = self.make(Kind::Named { name }, base);
            if let Some(entry) = self.entries.get_mut(&id) {
                entry.is_open = false;
            }
            id
        });
        let mut definition = self.entries[&id].definition.clone();
        definition.live = Some(settings.clone());
        definition.instead_of = declared.cloned();
        let change = change(id, &definition);
        Ok(Defined {
            id,
            settings,
            definition,
            change,
        })
    }

    /// New settings are durable.
    pub(crate) fn defined(&mut self, defined: Defined, now: UnixMs) {
        let id = defined.id;
        if let Some(entry) = self.entries.get_mut(&id) {
            // It may have been paused meanwhile.
            entry.definition.live = defined.definition.live;
            entry.definition.instead_of = defined.definition.instead_of;
            entry.is_open = true;
            entry.is_kept = true;
        }
        self.with(id, |queue, _| queue.configure(defined.settings, now));
    }

    /// Stops deliveries of a queue, or lets them go on; and what keeps that.
    pub(crate) fn set_paused(&mut self, id: QueueId, is_paused: bool) -> Option<Change> {
        self.with(id, |queue, _| queue.set_paused(is_paused))?;
        self.entries.get_mut(&id)?.definition.is_paused = is_paused;
        Some(self.definition_change(id))
    }

    pub(crate) fn definition_change(&self, id: QueueId) -> Change {
        change(id, &self.entries[&id].definition)
    }
}

fn change(id: QueueId, definition: &Definition) -> Change {
    Change::Put {
        log: LOG.into(),
        id: EntryId(id.0),
        head: definition.encode(),
        body: Bytes::new(),
    }
}

/// Settings with some of their fields replaced; `null` means the default.
fn patched(base: &Settings, patch: Map<String, Value>) -> Result<Settings, DefineError> {
    let json = |settings: &Settings| match serde_json::to_value(settings) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    let (mut fields, defaults) = (json(base), json(&Settings::default()));
    let twice = patch.contains_key("attempts_max") && patch.contains_key("max_retries");
    if twice {
        let message = "`attempts_max` and `max_retries` are one setting, give one of them";
        return Err(DefineError(message.to_owned()));
    }
    for (name, value) in patch {
        let name = match name.as_str() {
            "attempts_max" => "max_retries".to_owned(),
            _ => name,
        };
        match (value, defaults.get(&name)) {
            (Value::Null, Some(default)) => fields.insert(name, default.clone()),
            (value, _) => fields.insert(name, value),
        };
    }
    let settings = Settings::read(&Value::Object(fields)).map_err(DefineError)?;
    settings.check().map_err(DefineError)?;
    Ok(settings)
}
