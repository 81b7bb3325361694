//! One delivery: the call, and what its end means.

use crate::core::{Advice, Body, Delivery, Failure, MessageId, Outcome, Target};
use crate::hub::Hub;
use crate::limits::CALL_MAX;
use crate::payload;
use iii_kit::{
    CancellationToken, Error, ErrorCode, FireOptions, Fired, Payload, RawTriggerRequest,
};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The namespace that no name means.
const DEFAULT_NAMESPACE: &str = "default";

/// Hands messages over and tells the hub how that ended.
pub(crate) async fn run(hub: Arc<Hub>, delivery: Delivery, cancel: CancellationToken) {
    let outcome = match payload::bodies(&hub, &delivery).await {
        Ok(bodies) => call(&hub, &delivery, bodies, cancel).await,
        Err(error) => {
            tracing::warn!(error = error.message, "queue.message_unreadable");
            Outcome::Returned { after: None }
        }
    };
    hub.ended(delivery.id, &outcome);
}

async fn call(
    hub: &Hub,
    delivery: &Delivery,
    mut bodies: Vec<Body>,
    cancel: CancellationToken,
) -> Outcome {
    let attempt = delivery.messages.iter().map(|it| it.attempt).max();
    let data = match bodies.as_slice() {
        [body] if !delivery.is_batch => body.data.clone(),
        bodies => payload::batch(hub, delivery, bodies),
    };
    let Some(first) = (!bodies.is_empty()).then(|| bodies.swap_remove(0)) else {
        return Outcome::Returned { after: None };
    };
    let about = payload::about(hub, delivery);
    let answer = match &delivery.target {
        Target::Function { id, namespace } => {
            let mut call = RawTriggerRequest::new(&**id, Some(data));
            call.namespace = Some(namespace.as_deref().unwrap_or(DEFAULT_NAMESPACE).into());
            call.timeout = Some(CALL_MAX);
            call.metadata = first.metadata;
            call.trace = Some(first.trace);
            call.attempt = attempt.map(u64::from);
            call.delivery = Some(about);
            call.cancel = Some(cancel);
            hub.client.trigger_raw(call).await
        }
        Target::Bound => {
            let Some(trigger) = hub.turn(delivery.queue) else {
                return Outcome::Absent;
            };
            let mut options = FireOptions::new().timeout(CALL_MAX).trace(first.trace);
            options.attempt = attempt.map(u64::from);
            options.delivery = Some(about);
            options.cancel = Some(cancel);
            let fired = trigger.fire_with(data, options).await;
            fired.map(|fired| match fired {
                Fired::Ran(output) => output,
                Fired::Blocked => None,
            })
        }
    };
    match answer {
        Ok(result) => done(hub, delivery, result),
        Err(error) => match (failed(&error), &delivery.target) {
            // A trigger outlives the function for a moment; it is taken back when that is gone.
            (Outcome::Absent, Target::Bound) => Outcome::Returned { after: None },
            (outcome, _) => outcome,
        },
    }
}

/// What a handler of batches may answer.
#[derive(Default, Deserialize)]
#[serde(default)]
struct BatchAnswer {
    /// Ids of the messages that failed.
    failed: Vec<String>,
}

fn done(hub: &Hub, delivery: &Delivery, result: Option<Payload>) -> Outcome {
    let answer: BatchAnswer = match &result {
        Some(result) if delivery.is_batch => {
            serde_json::from_slice(result.as_bytes()).unwrap_or_default()
        }
        _ => BatchAnswer::default(),
    };
    let named = answer.failed.iter().filter_map(|id| hub.message(id).ok());
    let failed: BTreeSet<MessageId> = named.collect();
    let result = result.map(|result| result.detach().into_bytes());
    Outcome::Done { result, failed }
}

fn failed(error: &Error) -> Outcome {
    let advice = error.retry_advice();
    match error {
        _ if error.code() == ErrorCode::FunctionNotFound.as_str() => return Outcome::Absent,
        // Not the function's doing: the message was never, or not surely, attempted.
        Error::ConnectionLost | Error::ShutDown | Error::Overloaded { .. } | Error::Cancelled => {
            return Outcome::Returned { after: None };
        }
        _ if advice.released || error.code() == ErrorCode::Overloaded.as_str() => {
            return Outcome::Returned {
                after: advice.after,
            };
        }
        _ => {}
    }
    let message = match error {
        Error::Remote { message, .. } => message.clone(),
        error => error.to_string(),
    };
    Outcome::Failed {
        failure: Failure {
            code: error.code().to_owned(),
            message,
        },
        advice: Advice {
            after: advice.after,
            is_final: advice.retryable == Some(false),
        },
    }
}
