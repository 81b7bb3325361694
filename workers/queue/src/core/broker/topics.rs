//! Topics: what is published is kept for every function that subscribed, and for the first one
//! that will.

use super::definition::{Kind, LOG};
use super::{Broker, Enqueue, Entry, Then, Ticket};
use crate::core::ids::{MessageId, QueueId};
use crate::core::queue::{NewMessage, Refusal};
use crate::core::settings::Settings;
use crate::core::targets::Target;
use iii_ports::UnixMs;
use iii_ports::log::{Change, EntryId};
use std::collections::{BTreeMap, btree_map};
use std::sync::Arc;

/// Function and namespace.
pub(super) type Who = (String, Option<String>);

/// Who gets what is published to a topic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Topic {
    /// Function and namespace, and the queue between.
    pub(crate) subscriptions: BTreeMap<Who, QueueId>,
    /// Kept for the first subscriber.
    pub(crate) backlog: Option<QueueId>,
}

/// A function that wants what is published to a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subscription {
    pub(crate) topic: String,
    pub(crate) function_id: String,
    pub(crate) namespace: Option<String>,
}

/// A message is for nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PublishError<E> {
    /// A subscription takes no more; which.
    Refused(Refusal, String),
    /// There is no such message.
    Message(E),
    /// Somewhere there is one with the same key; ask again when its fate is known.
    Undecided,
}

impl Broker {
    pub(crate) fn topics(&self) -> &BTreeMap<String, Topic> {
        &self.topics
    }

    pub(super) fn note_topic(&mut self, id: QueueId, kind: &Kind) {
        match kind {
            Kind::Named { .. } => {}
            Kind::Subscription {
                topic,
                function_id,
                namespace,
                ..
            } => {
                let topic = self.topics.entry(topic.clone()).or_default();
                let who = (function_id.clone(), namespace.clone());
                topic.subscriptions.insert(who, id);
            }
            Kind::Backlog { topic } => {
                self.topics.entry(topic.clone()).or_default().backlog = Some(id);
            }
        }
    }

    /// A function is bound to a topic: its queue, and what is to be written so that it lasts. The
    /// first one ever takes over what was published before.
    pub(crate) fn subscribe(
        &mut self,
        who: &Subscription,
        settings: &Settings,
        now: UnixMs,
    ) -> (QueueId, Vec<Change>) {
        let kind = Kind::Subscription {
            topic: who.topic.clone(),
            function_id: who.function_id.clone(),
            namespace: who.namespace.clone(),
            idle_since: None,
        };
        let topic = self.topics.entry(who.topic.clone()).or_default();
        let key = (who.function_id.clone(), who.namespace.clone());
        let id = match (topic.subscriptions.get(&key), topic.backlog) {
            (Some(id), _) => *id,
            (None, Some(backlog)) => {
                topic.backlog = None;
                topic.subscriptions.insert(key, backlog);
                backlog
            }
            (None, _) => self.make(kind.clone(), settings.clone()),
        };
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.is_kept &= entry.definition.kind == kind;
            entry.definition.kind = kind;
            entry.definition.live = Some(settings.clone());
        }
        self.with(id, |queue, _| {
            queue.configure(settings.clone(), now);
            queue.offered(&Target::Bound, now);
        });
        (id, vec![self.definition_change(id)])
    }

    /// Nothing is bound any more: what is published is kept for when something is again.
    pub(crate) fn unbound(&mut self, id: QueueId, now: UnixMs) -> Vec<Change> {
        self.with(id, |queue, _| queue.unbound());
        let Some(entry) = self.entries.get_mut(&id) else {
            return Vec::new();
        };
        match &mut entry.definition.kind {
            Kind::Subscription { idle_since, .. } => *idle_since = Some(now.0),
            Kind::Named { .. } | Kind::Backlog { .. } => return Vec::new(),
        }
        vec![self.definition_change(id)]
    }

    /// Subscriptions to which nothing was bound since then.
    pub(crate) fn idle_since(&self, before: UnixMs) -> Vec<QueueId> {
        let is_idle = |entry: &Entry| {
            let idle_since = entry.definition.idle_since();
            !entry.is_ended() && idle_since.is_some_and(|at| at <= before)
        };
        let entries = self.entries.iter();
        let idle = entries.filter(|(_, entry)| is_idle(entry));
        idle.map(|(id, _)| *id).collect()
    }

    /// Subscriptions whose end was written, and what they hold perhaps not removed.
    pub(crate) fn ended_subscriptions(&self) -> Vec<QueueId> {
        let ended = self.entries.iter().filter(|(_, entry)| entry.is_ended());
        ended.map(|(id, _)| *id).collect()
    }

    /// Ends a subscription to which nothing is bound. From now on nothing is published to it, and
    /// who subscribes again begins anew. What it holds is then removed, and [`Broker::gone`] called.
    /// Nothing comes of it where something is bound.
    pub(crate) fn end(&mut self, id: QueueId) -> Option<Change> {
        let entry = self.entries.get_mut(&id)?;
        entry.definition.idle_since()?;
        if entry.is_ended() {
            return None;
        }
        let (topic, who) = entry.definition.subscriber()?;
        entry.definition.is_ended = true;
        if let Some(state) = self.topics.get_mut(&topic) {
            state.subscriptions.remove(&who);
            if state.subscriptions.is_empty() && state.backlog.is_none() {
                self.topics.remove(&topic);
            }
        }
        Some(self.definition_change(id))
    }

    /// The end could not be written: the subscription goes on, unless another took its place.
    pub(crate) fn not_ended(&mut self, id: QueueId) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let Some((topic, who)) = entry.definition.subscriber() else {
            return;
        };
        let state = self.topics.entry(topic).or_default();
        if let btree_map::Entry::Vacant(place) = state.subscriptions.entry(who) {
            place.insert(id);
            entry.definition.is_ended = false;
        }
    }

    /// Forgets a subscription that has ended and holds nothing any more: the log that was its, and
    /// what removes its definition once that is empty.
    pub(crate) fn gone(&mut self, id: QueueId) -> Option<(Arc<str>, Change)> {
        let entry = self.entries.get(&id)?;
        let log = Arc::clone(entry.queue.log());
        if let Some(at) = entry.wake_at {
            self.wakes.remove(&(at, id));
        }
        self.entries.remove(&id);
        let change = Change::Remove {
            log: LOG.into(),
            id: EntryId(id.0),
        };
        Some((log, change))
    }

    /// A message for everybody who subscribed to a topic: to all of them or to none.
    /// What it is for each of them depends on the settings there.
    pub(crate) fn publish<E>(
        &mut self,
        topic: &str,
        message: &dyn Fn(&Settings) -> Result<NewMessage, E>,
        backlog: &Settings,
        now: UnixMs,
    ) -> Result<Ticket, PublishError<E>> {
        let mut changes = Vec::new();
        let state = self.topics.get(topic);
        let mut queues: Vec<QueueId> = match state {
            Some(state) if !state.subscriptions.is_empty() => {
                state.subscriptions.values().copied().collect()
            }
            Some(state) => state.backlog.into_iter().collect(),
            None => Vec::new(),
        };
        if queues.is_empty() {
            let topic = topic.to_owned();
            let id = self.make(Kind::Backlog { topic }, backlog.clone());
            changes.push(self.definition_change(id));
            queues.push(id);
        }
        let mut arrived: Vec<(QueueId, MessageId)> = Vec::new();
        for queue in queues {
            let new = match message(self.entries[&queue].queue.settings()) {
                Ok(new) => new,
                Err(error) => {
                    self.not_written(&Then::Arrived(arrived), now);
                    return Err(PublishError::Message(error));
                }
            };
            match self.enqueue(queue, new, now) {
                Ok(Enqueue::New(id, ticket)) => {
                    changes.extend(ticket.changes);
                    arrived.push((queue, id));
                }
                Ok(Enqueue::Known(_)) => {}
                Ok(Enqueue::Undecided) => {
                    self.not_written(&Then::Arrived(arrived), now);
                    return Err(PublishError::Undecided);
                }
                Err(refusal) => {
                    let title = self.entries[&queue].definition.title();
                    self.not_written(&Then::Arrived(arrived), now);
                    return Err(PublishError::Refused(refusal, title));
                }
            }
        }
        let then = Then::Arrived(arrived);
        Ok(Ticket { changes, then })
    }
}
