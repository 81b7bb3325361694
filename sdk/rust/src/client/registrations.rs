//! From a registration to its acknowledgement.

use super::{Client, Shared, Status};
use crate::connection::Command;
use crate::registry::Registered;
use crate::{
    ConnectionState, Error, FunctionRef, RegisterError, RegisterFunction, RegisterTriggerInput,
    RegisterTriggerType, TriggerHandler, TriggerRef, TriggerStatus, TriggerTypeRef,
};
use iii_protocol::{ENVELOPE_TEXT_BYTES_MAX, InvocationId, RegisterTrigger, Text};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::sync::{oneshot, watch};
use tokio::time::sleep;

/// Brings the engine's answer to a registration.
type Acknowledged = oneshot::Receiver<Registered>;

pub(super) async fn function(
    client: &Client,
    id: String,
    function: RegisterFunction,
) -> Result<FunctionRef, RegisterError> {
    let acknowledged = announce_function(client, &id, function).await?;
    let Some(answer) = confirmed(&client.shared, acknowledged).await else {
        let _ = client.unregister_function(&id).await;
        return Err(late(&client.shared, id));
    };
    answer.unwrap_or_else(|_| Err(ended(&client.shared)))?;
    Ok(FunctionRef {
        id,
        client: Client::of(Arc::clone(&client.shared)),
    })
}

/// Announces a function; the engine's answer comes later.
pub(super) async fn announce_function(
    client: &Client,
    id: &str,
    function: RegisterFunction,
) -> Result<Acknowledged, RegisterError> {
    check_id(id)?;
    client
        .shared
        .offers_functions
        .store(true, Ordering::Relaxed);
    let (acknowledge, acknowledged) = oneshot::channel();
    let timeout_ms = function
        .timeout
        .map(|timeout| u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX));
    let announcement = Box::new(iii_protocol::RegisterFunction {
        id: id.into(),
        description: function.description.map(Text::from),
        request_format: function.request_format,
        response_format: function.response_format,
        metadata: function.metadata,
        invocation: function.invocation,
        timeout_ms,
        exclusive: function.exclusive,
    });
    let command = Command::RegisterFunction {
        announcement,
        handler: function.handler,
        acknowledge,
    };
    submit(&client.shared, command).await?;
    Ok(acknowledged)
}

pub(super) async fn trigger(
    client: &Client,
    input: RegisterTriggerInput,
) -> Result<TriggerRef, RegisterError> {
    let shared = &client.shared;
    let trigger_type = input.trigger_type.clone();
    let id = new_id(shared);
    let status = announce_trigger(client, id.clone(), input).await?;
    let mut answer = status.clone();
    let answered = async move {
        let waited = answer.wait_for(|status| *status != TriggerStatus::Waiting);
        waited.await.is_ok()
    };
    match confirmed(shared, answered).await {
        Some(true) => {}
        Some(false) => return Err(ended(shared)),
        None => tracing::warn!(%trigger_type, "the provider of the trigger type does not answer"),
    }
    let refusal = match &*status.borrow() {
        TriggerStatus::Refused(error) => Some(error.clone()),
        TriggerStatus::Waiting | TriggerStatus::Active => None,
    };
    if let Some(error) = refusal {
        let _ = client.unregister_trigger(&id).await;
        return Err(error);
    }
    Ok(TriggerRef {
        id,
        client: Client::of(Arc::clone(shared)),
        status,
    })
}

/// An id for a new trigger.
pub(super) fn new_id(shared: &Shared) -> Text {
    Text::from(InvocationId::from_u128(shared.random.next_u128()).to_string())
}

/// Announces a trigger; where it stands is told as it changes.
pub(super) async fn announce_trigger(
    client: &Client,
    id: Text,
    input: RegisterTriggerInput,
) -> Result<watch::Receiver<TriggerStatus>, RegisterError> {
    check_id(&input.trigger_type)?;
    check_id(&input.function_id)?;
    let shared = &client.shared;
    let own_namespace = shared.options.worker.namespace.as_deref().map(Text::from);
    let announcement = Box::new(RegisterTrigger {
        id,
        trigger_type: input.trigger_type,
        function_id: input.function_id,
        config: input.config,
        metadata: input.metadata,
        namespace: input.namespace.or(own_namespace),
        trigger_namespace: input.trigger_namespace,
    });
    let (sender, status) = watch::channel(TriggerStatus::Waiting);
    let command = Command::RegisterTrigger {
        announcement,
        status: sender,
    };
    submit(shared, command).await?;
    Ok(status)
}

pub(super) async fn trigger_type(
    client: &Client,
    input: RegisterTriggerType,
    handler: Arc<dyn TriggerHandler>,
) -> Result<TriggerTypeRef, RegisterError> {
    let id = input.id.clone();
    let acknowledged = announce_trigger_type(client, input, handler).await?;
    let type_ref = TriggerTypeRef {
        id,
        client: Client::of(Arc::clone(&client.shared)),
    };
    let Some(answer) = confirmed(&client.shared, acknowledged).await else {
        let id = type_ref.id.to_string();
        let _ = type_ref.unregister().await;
        return Err(late(&client.shared, id));
    };
    answer.unwrap_or_else(|_| Err(ended(&client.shared)))?;
    Ok(type_ref)
}

/// Announces a trigger type; the engine's answer comes later.
pub(super) async fn announce_trigger_type(
    client: &Client,
    input: RegisterTriggerType,
    handler: Arc<dyn TriggerHandler>,
) -> Result<Acknowledged, RegisterError> {
    check_id(&input.id)?;
    let (acknowledge, acknowledged) = oneshot::channel();
    let command = Command::RegisterTriggerType {
        announcement: Box::new(iii_protocol::RegisterTriggerType {
            id: input.id,
            description: input.description,
            trigger_request_format: input.trigger_request_format,
            call_request_format: input.call_request_format,
            namespace: input.namespace,
        }),
        handler,
        acknowledge,
    };
    submit(&client.shared, command).await?;
    Ok(acknowledged)
}

/// Waits for an answer, but no longer than `registration_timeout` on a connection that could bring
/// it. `None` when it did not come.
async fn confirmed<T>(shared: &Shared, answer: impl Future<Output = T>) -> Option<T> {
    let mut answer = pin!(answer);
    let mut status = shared.status.clone();
    loop {
        tokio::select! {
            biased;
            answer = &mut answer => return Some(answer),
            connected = comes(&mut status, |state| *state == ConnectionState::Connected) => {
                if !connected {
                    // The client has ended, and with it every answer.
                    return Some(answer.await);
                }
            }
        }
        tokio::select! {
            biased;
            answer = &mut answer => return Some(answer),
            _ = comes(&mut status, |state| *state != ConnectionState::Connected) => {}
            () = sleep(shared.options.limits.registration_timeout) => return None,
        }
    }
}

/// Waits for a state; `false` when it can no longer come.
async fn comes(
    status: &mut watch::Receiver<Status>,
    wanted: impl Fn(&ConnectionState) -> bool,
) -> bool {
    status
        .wait_for(|status| wanted(&status.state))
        .await
        .is_ok()
}

async fn submit(shared: &Shared, command: Command) -> Result<(), RegisterError> {
    let sent = shared.commands.send(command).await;
    sent.map_err(|_| ended(shared))
}

pub(super) fn ended(shared: &Shared) -> RegisterError {
    match shared.ended() {
        Error::Rejected(rejection) => RegisterError::Rejected(rejection),
        _ => RegisterError::ShutDown,
    }
}

fn late(shared: &Shared, id: String) -> RegisterError {
    RegisterError::Timeout {
        id,
        waited: shared.options.limits.registration_timeout,
    }
}

pub(crate) fn check_id(id: &str) -> Result<(), RegisterError> {
    let reason = if id.trim().is_empty() {
        "it is empty"
    } else if id.len() > ENVELOPE_TEXT_BYTES_MAX {
        "it is too long"
    } else {
        return Ok(());
    };
    // A long id is not repeated in full.
    let id = id.chars().take(64).collect();
    Err(RegisterError::BadId { id, reason })
}
