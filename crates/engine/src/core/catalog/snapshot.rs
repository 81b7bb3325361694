//! The catalog at one moment.

use super::{Function, FunctionKey, Trigger, TriggerType, Worker};
use crate::core::ids::{SessionId, TriggerKey};
use iii_protocol::Text;
use imbl::OrdMap;
use std::sync::Arc;

/// The namespace of everything that names none.
pub const DEFAULT_NAMESPACE: &str = "default";

/// Everything that exists, immutable. A clone costs four reference counts.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Grows with every change.
    pub version: u64,
    /// Connected workers.
    pub workers: OrdMap<SessionId, Arc<Worker>>,
    /// Functions that can be called.
    pub functions: OrdMap<FunctionKey, Arc<Function>>,
    /// Trigger types that can be bound, by id and namespace.
    pub trigger_types: OrdMap<FunctionKey, Arc<TriggerType>>,
    /// Triggers, parked ones included.
    pub triggers: OrdMap<TriggerKey, Arc<Trigger>>,
}

impl Snapshot {
    /// The function of that id in that namespace.
    #[must_use]
    pub fn function(&self, namespace: &Text, id: &Text) -> Option<&Arc<Function>> {
        self.functions.get(&FunctionKey {
            id: id.clone(),
            namespace: namespace.clone(),
        })
    }

    /// The namespaces that offer a function of that id.
    pub fn namespaces_of<'a>(&'a self, id: &'a Text) -> impl Iterator<Item = &'a Text> + 'a {
        let from = FunctionKey {
            id: id.clone(),
            namespace: Text::new(),
        };
        self.functions
            .range(from..)
            .map(|(key, _)| key)
            .take_while(move |key| key.id == *id)
            .map(|key| &key.namespace)
    }
}
