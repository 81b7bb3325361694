//! What happened to an entry, and how functions hear of it.

use crate::json::Object;
use bytes::Bytes;
use iii_kit::Payload;
use iii_ports::kv::Address;
use schemars::JsonSchema;

/// Room for the names in an event.
const EVENT_OVERHEAD_BYTES: usize = 96;

/// A change of one entry.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) at: Address,
    pub(crate) old: Option<Bytes>,
    pub(crate) new: Option<Bytes>,
}

impl Change {
    /// Whether anything is different afterwards.
    pub(crate) fn is_real(&self) -> bool {
        self.old != self.new
    }

    fn event_type(&self) -> &'static str {
        match (&self.old, &self.new) {
            (None, _) => "state:created",
            (Some(_), Some(_)) => "state:updated",
            (Some(_), None) => "state:deleted",
        }
    }

    /// The event with the values spliced in as they are.
    pub(super) fn to_event(&self) -> Payload {
        self.event().into_payload()
    }

    /// The same, for those who may get it twice.
    pub(crate) fn to_durable_event(&self, id: &str) -> Vec<u8> {
        self.event().string("change_id", id).into_text()
    }

    fn event(&self) -> Object {
        let values = [&self.old, &self.new].into_iter().flatten().map(Bytes::len);
        let names = self.at.scope.len() + self.at.key.len();
        Object::with_capacity(EVENT_OVERHEAD_BYTES + names + values.sum::<usize>())
            .raw("type", b"\"state\"")
            .string("event_type", self.event_type())
            .string("scope", &self.at.scope)
            .string("key", &self.at.key)
            .raw_or_null("old_value", self.old.as_ref())
            .raw_or_null("new_value", self.new.as_ref())
    }
}

/// The event's shape, for its schema.
#[derive(JsonSchema)]
#[schemars(rename = "StateEvent")]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) struct EventShape {
    /// Always `state`.
    r#type: String,
    /// `state:created`, `state:updated` or `state:deleted`; an expiry is a deletion.
    event_type: String,
    /// Where the entry is.
    scope: String,
    /// The entry's name in the scope.
    key: String,
    /// The value before; `null` if there was none.
    old_value: serde_json::Value,
    /// The value after; `null` if there is none.
    new_value: serde_json::Value,
    /// One of its kind, for triggers with `durable: true`, which may hear of a change twice.
    change_id: Option<String>,
}
