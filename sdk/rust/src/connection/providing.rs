//! Trigger types this worker provides, and the triggers bound to them.

use super::Driver;
use super::command::Outcome;
use crate::execute::{self, Panicked, Started};
use crate::registry::Registered;
use crate::{BoundTrigger, HandlerError, Limits, RegisterError, TriggerHandler};
use iii_protocol::{
    ErrorBody, ErrorCode, Message, Payload, RegisterTrigger, RegisterTriggerType, Text,
    TriggerRegistrationResult, UnregisterTrigger, UnregisterTriggerType,
};
use iii_transport::BoxFuture;
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use tokio::sync::oneshot;

/// The trigger types of this worker.
pub(super) struct Providers {
    types: HashMap<Text, Provider>,
    sequence: u64,
    types_max: usize,
    operations_max: usize,
}

struct Provider {
    announcement: Box<RegisterTriggerType>,
    handler: Arc<dyn TriggerHandler>,
    acknowledge: Option<oneshot::Sender<Registered>>,
    sequence: u64,
    /// What the handler has not got round to yet.
    operations: VecDeque<Operation>,
    /// The handler works on an operation; the next one waits.
    busy: bool,
    /// Triggers that the handler knows.
    bound: BTreeSet<Text>,
    /// Taken back; forgotten once the handler has let go of its triggers.
    retired: bool,
}

enum Operation {
    Bind(Box<BoundTrigger>),
    Unbind(Text),
}

/// An operation's end, with the answer the engine waits for.
type OperationFuture = BoxFuture<'static, Result<(), HandlerError>>;

impl Providers {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            types: HashMap::new(),
            sequence: 0,
            types_max: limits.registrations_max,
            operations_max: limits.trigger_operations_max,
        }
    }

    /// Adds a trigger type and returns what to announce. A refusal is answered here.
    pub(super) fn add(
        &mut self,
        announcement: Box<RegisterTriggerType>,
        handler: Arc<dyn TriggerHandler>,
        acknowledge: oneshot::Sender<Registered>,
    ) -> Option<Message> {
        let refusal = if self.types.contains_key(&announcement.id) {
            Some(RegisterError::Duplicate {
                id: announcement.id.to_string(),
            })
        } else if self.types.len() >= self.types_max {
            Some(RegisterError::Overloaded {
                limit: "registrations_max",
            })
        } else {
            None
        };
        if let Some(refusal) = refusal {
            let _ = acknowledge.send(Err(refusal));
            return None;
        }
        self.sequence += 1;
        let message = Message::RegisterTriggerType(announcement.clone());
        let provider = Provider {
            handler,
            acknowledge: Some(acknowledge),
            sequence: self.sequence,
            operations: VecDeque::new(),
            busy: false,
            bound: BTreeSet::new(),
            retired: false,
            announcement,
        };
        self.types
            .insert(provider.announcement.id.clone(), provider);
        Some(message)
    }

    /// Takes a trigger type back and returns what to tell the engine.
    pub(super) fn retire(&mut self, id: &Text) -> Option<Message> {
        let provider = self.types.get_mut(id)?;
        if provider.retired {
            return None;
        }
        provider.retired = true;
        provider.unbind_all();
        Some(Message::UnregisterTriggerType(UnregisterTriggerType {
            id: id.clone(),
            namespace: provider.announcement.namespace.clone(),
        }))
    }

    /// Lets the handlers go of every trigger.
    pub(super) fn unbind_all(&mut self) {
        for provider in self.types.values_mut() {
            provider.unbind_all();
        }
    }

    /// Everything to announce on a new connection, in the order of registration.
    pub(super) fn announcements(&self) -> Vec<Message> {
        let mut types: Vec<_> = self.types.values().collect();
        types.retain(|provider| !provider.retired);
        types.sort_unstable_by_key(|provider| provider.sequence);
        let announce =
            |provider: &Provider| Message::RegisterTriggerType(provider.announcement.clone());
        types.into_iter().map(announce).collect()
    }

    /// The trigger type is in the engine's catalog.
    pub(super) fn registered(&mut self, id: &Text) {
        if let Some(provider) = self.types.get_mut(id) {
            provider.registered();
        }
    }

    /// The engine does not acknowledge registrations: whatever is announced counts as registered.
    pub(super) fn assume_registered(&mut self) {
        self.types.values_mut().for_each(Provider::registered);
    }

    /// The engine refused the trigger type. Refused at its first announcement it is gone; refused
    /// after a reconnect it is kept for the next connection, when its other owner may have left.
    pub(super) fn refused(&mut self, id: &Text, error: RegisterError) {
        let Some(provider) = self.types.get_mut(id) else {
            return;
        };
        if let Some(acknowledge) = provider.acknowledge.take() {
            self.types.remove(id);
            let _ = acknowledge.send(Err(error));
        } else {
            tracing::error!(trigger_type = %id, %error, "trigger type refused after reconnecting");
        }
    }

    /// Ends every registration that still waits.
    pub(super) fn end_all(&mut self, error: &RegisterError) {
        for (_, mut provider) in self.types.drain() {
            if let Some(acknowledge) = provider.acknowledge.take() {
                let _ = acknowledge.send(Err(error.clone()));
            }
        }
    }
}

impl Provider {
    fn registered(&mut self) {
        if let Some(acknowledge) = self.acknowledge.take() {
            let _ = acknowledge.send(Ok(()));
        }
    }

    fn unbind_all(&mut self) {
        self.operations
            .retain(|operation| matches!(operation, Operation::Unbind(_)));
        let bound = std::mem::take(&mut self.bound);
        self.operations
            .extend(bound.into_iter().map(Operation::Unbind));
    }

    fn unbind(&mut self, id: &Text) {
        // A trigger the handler has not seen yet needs no more than being forgotten.
        self.operations.retain(
            |operation| !matches!(operation, Operation::Bind(trigger) if trigger.id == *id),
        );
        if self.bound.remove(id) {
            self.operations.push_back(Operation::Unbind(id.detach()));
        }
    }
}

impl Driver {
    /// The engine hands over a trigger to serve.
    pub(super) fn bind_trigger(&mut self, trigger: RegisterTrigger) {
        let Some(client) = self.client() else {
            return;
        };
        let refusal = match self.providers.types.get_mut(&trigger.trigger_type) {
            Some(provider) if !provider.retired => {
                if provider.operations.len() >= self.providers.operations_max {
                    Some((
                        ErrorCode::Overloaded,
                        "the provider's limit `trigger_operations_max` is reached".to_owned(),
                    ))
                } else {
                    match bound_trigger_condition(&trigger.config) {
                        Ok(condition) => {
                            let bound = BoundTrigger::of(&trigger, condition, client);
                            let operation = Operation::Bind(Box::new(bound));
                            provider.operations.push_back(operation);
                            None
                        }
                        Err(reason) => Some((ErrorCode::InvalidArguments, reason)),
                    }
                }
            }
            _ => Some((
                ErrorCode::TriggerTypeNotFound,
                format!("this worker does not provide `{}`", trigger.trigger_type),
            )),
        };
        match refusal {
            None => self.advance(&trigger.trigger_type),
            Some((code, reason)) => {
                let body = ErrorBody::new(code, reason).to_payload();
                let answer = answer(&trigger, Some(body));
                self.link
                    .send(&Message::TriggerRegistrationResult(Box::new(answer)));
            }
        }
    }

    /// The engine takes a trigger back.
    pub(super) fn unbind_trigger(&mut self, trigger: &UnregisterTrigger) {
        let trigger_type = match &trigger.trigger_type {
            Some(trigger_type) => Some(trigger_type.clone()),
            None => self.provider_of(&trigger.id),
        };
        let Some(trigger_type) = trigger_type else {
            return;
        };
        if let Some(provider) = self.providers.types.get_mut(&trigger_type) {
            provider.unbind(&trigger.id);
            self.advance(&trigger_type);
        }
    }

    fn provider_of(&self, id: &Text) -> Option<Text> {
        let mut types = self.providers.types.iter();
        let found = types.find(|(_, provider)| provider.bound.contains(id));
        found.map(|(trigger_type, _)| trigger_type.clone())
    }

    /// A handler's task has finished an operation.
    pub(super) fn operation_ended(
        &mut self,
        epoch: u64,
        trigger_type: &Text,
        answer: Option<Box<TriggerRegistrationResult>>,
    ) {
        if let Some(provider) = self.providers.types.get_mut(trigger_type) {
            provider.busy = false;
        }
        self.operation_answered(epoch, trigger_type, answer);
        self.advance(trigger_type);
    }

    fn operation_answered(
        &mut self,
        epoch: u64,
        trigger_type: &Text,
        answer: Option<Box<TriggerRegistrationResult>>,
    ) {
        let Some(answer) = answer else {
            return;
        };
        if answer.error.is_some()
            && let Some(provider) = self.providers.types.get_mut(trigger_type)
        {
            provider.bound.remove(&answer.id);
        }
        if epoch == self.epoch {
            self.link.send(&Message::TriggerRegistrationResult(answer));
        }
    }

    /// Lets every handler go on with what waits for it.
    pub(super) fn advance_providers(&mut self) {
        let types: Vec<_> = self.providers.types.keys().cloned().collect();
        for trigger_type in types {
            self.advance(&trigger_type);
        }
    }

    /// Lets a handler do the operations that wait for it, one after the other.
    fn advance(&mut self, trigger_type: &Text) {
        loop {
            let Some(provider) = self.providers.types.get_mut(trigger_type) else {
                return;
            };
            if provider.busy {
                return;
            }
            let Some(operation) = provider.operations.pop_front() else {
                break;
            };
            let mut bound = match &operation {
                Operation::Bind(trigger) => {
                    provider.bound.insert(trigger.id.clone());
                    Some(Box::new(trigger.answer()))
                }
                Operation::Unbind(_) => None,
            };
            let handler = Arc::clone(&provider.handler);
            match execute::start(|| perform(handler, operation)) {
                Started::Ended(ended) => {
                    finished(bound.as_deref_mut(), ended);
                    self.operation_answered(self.epoch, trigger_type, bound);
                }
                Started::Waits(future) => {
                    provider.busy = true;
                    self.finish_in_task(trigger_type.clone(), future, bound);
                    return;
                }
            }
        }
        let types = &mut self.providers.types;
        if types
            .get(trigger_type)
            .is_some_and(|provider| provider.retired)
        {
            types.remove(trigger_type);
        }
    }

    fn finish_in_task(
        &self,
        trigger_type: Text,
        future: OperationFuture,
        mut answer: Option<Box<TriggerRegistrationResult>>,
    ) {
        let (report, epoch) = (self.report.clone(), self.epoch);
        self.tasks.spawn(async move {
            finished(answer.as_deref_mut(), execute::finish(future).await);
            let outcome = Outcome::Operation {
                epoch,
                trigger_type,
                answer,
            };
            // When the client has ended nobody wants to know.
            let _ = report.send(outcome).await;
        });
    }
}

fn perform(handler: Arc<dyn TriggerHandler>, operation: Operation) -> OperationFuture {
    Box::pin(async move {
        match operation {
            Operation::Bind(trigger) => handler.register(*trigger).await,
            Operation::Unbind(id) => {
                handler.unregister(&id).await;
                Ok(())
            }
        }
    })
}

/// Puts an operation's end into its answer.
fn finished(
    answer: Option<&mut TriggerRegistrationResult>,
    ended: Result<Result<(), HandlerError>, Panicked>,
) {
    let error = match ended {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error,
        Err(cause) => HandlerError::failed(format!("the provider panicked: {}", cause.0)),
    };
    let Some(answer) = answer else {
        tracing::error!(%error, "a trigger was not unregistered cleanly");
        return;
    };
    let code = if error.code == ErrorCode::InvocationFailed.as_str() {
        Text::from_static(ErrorCode::TriggerRegistrationFailed.as_str())
    } else {
        Text::from(error.code.as_ref())
    };
    let body = ErrorBody {
        code,
        message: error.message.into(),
        stacktrace: None,
        details: None,
    };
    answer.error = Some(body.to_payload());
}

fn answer(trigger: &RegisterTrigger, error: Option<Payload>) -> TriggerRegistrationResult {
    TriggerRegistrationResult {
        id: trigger.id.clone(),
        trigger_type: trigger.trigger_type.clone(),
        function_id: Some(trigger.function_id.clone()),
        error,
    }
}

/// The condition function a trigger's configuration names. A name that cannot be one refuses the
/// trigger: firing without the condition would do what its author meant to prevent.
pub(crate) fn bound_trigger_condition(config: &Payload) -> Result<Option<Text>, String> {
    #[derive(Deserialize)]
    struct Conditional {
        condition_function_id: Option<serde_json::Value>,
    }
    let parsed = serde_json::from_slice::<Conditional>(config.as_bytes());
    // A configuration that is no object has no condition.
    match parsed.ok().and_then(|config| config.condition_function_id) {
        None => Ok(None),
        Some(serde_json::Value::String(id)) if !id.trim().is_empty() => Ok(Some(id.into())),
        Some(other) => Err(format!(
            "`condition_function_id` is no function id: {other}"
        )),
    }
}
