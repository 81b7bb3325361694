//! What a queue is for, as it is kept.

use super::topics::Who;
use crate::core::settings::Settings;
use bytes::Bytes;
use iii_ports::UnixMs;
use serde::{Deserialize, Serialize};

/// The log in which definitions are kept, under the numbers of their queues.
pub(crate) const LOG: &str = "queues";

/// A queue that lasts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Definition {
    #[serde(flatten)]
    pub(crate) kind: Kind,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_paused: bool,
    /// A subscription that ends: what it still holds is being removed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_ended: bool,
    /// Settings that were given while the engine ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) live: Option<Settings>,
    /// What the configuration said then. Where it says something else now, that is newer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) instead_of: Option<Settings>,
}

/// What a queue is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Kind {
    /// Callers name it.
    Named { name: String },
    /// What is published to a topic, for one function.
    Subscription {
        topic: String,
        function_id: String,
        namespace: Option<String>,
        /// Since when nothing is bound to it, in milliseconds; absent while something is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        idle_since: Option<u64>,
    },
    /// What was published to a topic before anybody subscribed to it.
    Backlog { topic: String },
}

impl Definition {
    pub(crate) fn new(kind: Kind) -> Self {
        Self {
            kind,
            is_paused: false,
            is_ended: false,
            live: None,
            instead_of: None,
        }
    }

    /// Topic and function of a subscription.
    pub(super) fn subscriber(&self) -> Option<(String, Who)> {
        match &self.kind {
            Kind::Subscription {
                topic,
                function_id,
                namespace,
                ..
            } => Some((topic.clone(), (function_id.clone(), namespace.clone()))),
            Kind::Named { .. } | Kind::Backlog { .. } => None,
        }
    }

    /// Since when nothing is bound to a subscription.
    pub(super) fn idle_since(&self) -> Option<UnixMs> {
        match &self.kind {
            Kind::Subscription { idle_since, .. } => idle_since.map(UnixMs),
            Kind::Named { .. } | Kind::Backlog { .. } => None,
        }
    }

    pub(crate) fn encode(&self) -> Bytes {
        let json = serde_json::to_vec(self);
        Bytes::from(json.expect("a definition has a JSON form"))
    }

    /// How people call the queue.
    pub(crate) fn title(&self) -> String {
        match &self.kind {
            Kind::Named { name } => name.clone(),
            Kind::Subscription {
                topic,
                function_id,
                namespace,
                ..
            } => {
                let namespace = namespace.as_deref().unwrap_or("default");
                format!("{topic}::{function_id}@{namespace}")
            }
            Kind::Backlog { topic } => topic.clone(),
        }
    }
}
