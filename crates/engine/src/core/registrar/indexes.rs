//! Ways to find things in the catalog that only the registrar needs.

use crate::core::ids::{CallKey, Moment, SessionId, TriggerKey};
use iii_protocol::Text;
use std::collections::{BTreeMap, BTreeSet};

/// Which equal registrations are one trigger.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sameness {
    pub(super) worker_name: Text,
    pub(super) worker_namespace: Text,
    pub(super) trigger_type: Text,
    pub(super) trigger_namespace: Option<Text>,
    pub(super) function_id: Text,
    pub(super) namespace: Text,
    pub(super) config: String,
    pub(super) metadata: Option<String>,
}

/// Kept in step with the catalog by the files that change it.
#[derive(Debug, Default)]
pub(super) struct Indexes {
    /// Sessions by their id on the wire.
    pub(super) sessions: BTreeMap<Text, SessionId>,
    /// What each session offers: function ids.
    pub(super) functions: BTreeMap<SessionId, BTreeSet<Text>>,
    /// What each session provides: trigger type ids and namespaces.
    pub(super) types: BTreeMap<SessionId, BTreeSet<(Text, Text)>>,
    /// Triggers by the registration that made them.
    pub(super) registrations: BTreeMap<(SessionId, Text), TriggerKey>,
    /// Triggers by the id their provider knows.
    pub(super) provider_ids: BTreeMap<Text, TriggerKey>,
    /// Triggers by type id, to bind and park them.
    pub(super) by_type: BTreeMap<Text, BTreeSet<TriggerKey>>,
    /// Triggers that equal registrations join.
    pub(super) same: BTreeMap<Sameness, BTreeSet<TriggerKey>>,
    /// How often each provider was asked about a trigger id and has not answered.
    asked: BTreeMap<SessionId, BTreeMap<Text, u32>>,
    /// How many triggers are bound by function calls.
    pub(super) engine_triggers: usize,
    /// Function calls that wait for a provider's answer, by when they stop waiting.
    pub(super) waiting: BTreeMap<(Moment, TriggerKey), CallKey>,
}

/// Most answers that one provider may owe; beyond it the engine forgets that it has asked, and
/// takes an answer as the one to its last question.
const OWED_ANSWERS_MAX: usize = 65_536;

impl Indexes {
    /// A provider is asked about a trigger.
    pub(super) fn ask(&mut self, provider: SessionId, id: &Text) {
        let asked = self.asked.entry(provider).or_default();
        *asked.entry(id.clone()).or_default() += 1;
        if asked.len() > OWED_ANSWERS_MAX {
            asked.pop_first();
        }
    }

    /// A provider answers about a trigger. How many answers it still owes about that id: the same
    /// id may have been ended and registered again before it answered.
    pub(super) fn answered(&mut self, provider: SessionId, id: &Text) -> u32 {
        let Some(asked) = self.asked.get_mut(&provider) else {
            return 0;
        };
        let Some(owed) = asked.get_mut(id) else {
            return 0;
        };
        *owed -= 1;
        let left = *owed;
        if left == 0 {
            asked.remove(id);
        }
        left
    }

    /// A provider has left and owes nothing.
    pub(super) fn forgive(&mut self, provider: SessionId) {
        self.asked.remove(&provider);
    }

    pub(super) fn first_waiting(&self) -> Option<Moment> {
        self.waiting.first_key_value().map(|((until, _), _)| *until)
    }

    /// Registrations of one session.
    pub(super) fn registrations_of(&self, session: SessionId) -> Vec<(Text, TriggerKey)> {
        self.registrations
            .range((session, Text::new())..)
            .take_while(|((owner, _), _)| *owner == session)
            .map(|((_, id), key)| (id.clone(), *key))
            .collect()
    }
}

/// Removes one element of a set in a map, and the set when that was its last.
pub(super) fn remove_from<K: Ord, V: Ord>(map: &mut BTreeMap<K, BTreeSet<V>>, key: &K, value: &V) {
    if let Some(set) = map.get_mut(key) {
        set.remove(value);
        if set.is_empty() {
            map.remove(key);
        }
    }
}
