//! What this worker offers and wants, to be announced on every connection.

use crate::function::Handler;
use crate::pace::Pace;
use crate::{RegisterError, TriggerStatus};
use iii_protocol::{
    ErrorBody, Message, Payload, RegisterFunction, RegisterTrigger, Text, TriggerRegistrationResult,
};
use std::collections::HashMap;
use tokio::sync::{oneshot, watch};

/// How a registration ends.
pub(crate) type Registered = Result<(), RegisterError>;

/// A function of this worker.
pub(crate) struct Function {
    pub(crate) handler: Handler,
    pub(crate) pace: Pace,
    announcement: Box<RegisterFunction>,
    sequence: u64,
    acknowledge: Option<oneshot::Sender<Registered>>,
}

/// A trigger of this worker.
struct Trigger {
    announcement: Box<RegisterTrigger>,
    sequence: u64,
    status: watch::Sender<TriggerStatus>,
}

/// The functions and triggers of this worker.
pub(crate) struct Registry {
    functions: HashMap<Text, Function>,
    triggers: HashMap<Text, Trigger>,
    /// Announcements go out in the order of registration.
    sequence: u64,
    entries_max: usize,
}

impl Registry {
    pub(crate) fn new(entries_max: usize) -> Self {
        Self {
            functions: HashMap::new(),
            triggers: HashMap::new(),
            sequence: 0,
            entries_max,
        }
    }

    pub(crate) fn function(&mut self, id: &Text) -> Option<&mut Function> {
        self.functions.get_mut(id)
    }

    /// Adds a function and returns what to announce. A refusal is answered here.
    pub(crate) fn add_function(
        &mut self,
        announcement: Box<RegisterFunction>,
        handler: Handler,
        acknowledge: oneshot::Sender<Registered>,
    ) -> Option<Message> {
        let id = announcement.id.clone();
        if self.functions.contains_key(&id) {
            let id = id.to_string();
            let _ = acknowledge.send(Err(RegisterError::Duplicate { id }));
            return None;
        }
        if self.functions.len() >= self.entries_max {
            let _ = acknowledge.send(Err(RegisterError::Overloaded {
                limit: "registrations_max",
            }));
            return None;
        }
        self.sequence += 1;
        let message = Message::RegisterFunction(announcement.clone());
        self.functions.insert(
            id,
            Function {
                handler,
                pace: Pace::default(),
                announcement,
                sequence: self.sequence,
                acknowledge: Some(acknowledge),
            },
        );
        Some(message)
    }

    /// The function is in the engine's catalog.
    pub(crate) fn function_registered(&mut self, id: &Text) {
        let function = self.functions.get_mut(id);
        if let Some(acknowledge) = function.and_then(|function| function.acknowledge.take()) {
            let _ = acknowledge.send(Ok(()));
        }
    }

    /// The engine refused the function. Refused at its first announcement it is gone; refused after
    /// a reconnect it is kept for the next connection, when its other owner may have left.
    pub(crate) fn function_refused(&mut self, id: &Text, error: RegisterError) {
        let Some(function) = self.functions.get_mut(id) else {
            return;
        };
        if let Some(acknowledge) = function.acknowledge.take() {
            self.functions.remove(id);
            let _ = acknowledge.send(Err(error));
        } else {
            tracing::error!(function_id = %id, %error, "function refused after reconnecting");
        }
    }

    pub(crate) fn remove_function(&mut self, id: &Text) -> bool {
        self.functions.remove(id).is_some()
    }

    /// Adds a trigger and returns what to announce.
    pub(crate) fn add_trigger(
        &mut self,
        announcement: Box<RegisterTrigger>,
        status: watch::Sender<TriggerStatus>,
    ) -> Option<Message> {
        if self.triggers.len() >= self.entries_max {
            status.send_replace(TriggerStatus::Refused(RegisterError::Overloaded {
                limit: "registrations_max",
            }));
            return None;
        }
        self.sequence += 1;
        let message = Message::RegisterTrigger(announcement.clone());
        self.triggers.insert(
            announcement.id.clone(),
            Trigger {
                announcement,
                sequence: self.sequence,
                status,
            },
        );
        Some(message)
    }

    /// The provider's answer to a trigger of this worker.
    pub(crate) fn trigger_answered(&mut self, answer: &TriggerRegistrationResult) {
        let Some(trigger) = self.triggers.get(&answer.id) else {
            return;
        };
        let status = match &answer.error {
            None => TriggerStatus::Active,
            Some(body) => TriggerStatus::Refused(refused(&trigger.announcement, body)),
        };
        if let TriggerStatus::Refused(error) = &status {
            let function_id = &trigger.announcement.function_id;
            tracing::warn!(%function_id, %error, "trigger refused");
        }
        trigger.status.send_replace(status);
    }

    pub(crate) fn remove_trigger(&mut self, id: &Text) -> Option<Text> {
        let trigger = self.triggers.remove(id)?;
        Some(trigger.announcement.trigger_type)
    }

    /// The engine does not acknowledge registrations: whatever is announced counts as registered.
    pub(crate) fn assume_registered(&mut self) {
        for function in self.functions.values_mut() {
            if let Some(acknowledge) = function.acknowledge.take() {
                let _ = acknowledge.send(Ok(()));
            }
        }
        for trigger in self.triggers.values() {
            trigger.status.send_if_modified(|status| {
                let waiting = *status == TriggerStatus::Waiting;
                if waiting {
                    *status = TriggerStatus::Active;
                }
                waiting
            });
        }
    }

    /// Everything to announce on a new connection, in the order of registration: functions first.
    pub(crate) fn announcements(&self) -> Vec<Message> {
        let mut functions: Vec<_> = self.functions.values().collect();
        functions.sort_unstable_by_key(|function| function.sequence);
        let mut triggers: Vec<_> = self.triggers.values().collect();
        triggers.sort_unstable_by_key(|trigger| trigger.sequence);
        let functions = functions
            .into_iter()
            .map(|function| Message::RegisterFunction(function.announcement.clone()));
        let triggers = triggers
            .into_iter()
            .map(|trigger| Message::RegisterTrigger(trigger.announcement.clone()));
        functions.chain(triggers).collect()
    }

    /// What was confirmed on the old connection is not on the next one.
    pub(crate) fn connection_lost(&mut self) {
        for trigger in self.triggers.values() {
            trigger.status.send_replace(TriggerStatus::Waiting);
        }
    }

    /// Ends every registration that waits for an acknowledgement.
    pub(crate) fn end_all(&mut self, error: &RegisterError) {
        for (_, mut function) in self.functions.drain() {
            if let Some(acknowledge) = function.acknowledge.take() {
                let _ = acknowledge.send(Err(error.clone()));
            }
        }
        for (_, trigger) in self.triggers.drain() {
            trigger.status.send_if_modified(|status| {
                let waiting = *status == TriggerStatus::Waiting;
                if waiting {
                    *status = TriggerStatus::Refused(error.clone());
                }
                waiting
            });
        }
    }
}

fn refused(trigger: &RegisterTrigger, body: &Payload) -> RegisterError {
    let body = ErrorBody::from_payload(body);
    RegisterError::Refused {
        id: trigger.trigger_type.to_string(),
        code: body.code.to_string(),
        message: body.message.to_string(),
    }
}
