//! Trigger types.

use crate::driver::{Answer, Shared, value};
use crate::failure::Failure;
use crate::line::{self, Json};
use iii_kit::{BoundTrigger, BoxFuture, Fired, HandlerError, RegisterTriggerType, TriggerHandler};
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;

#[derive(Deserialize)]
struct Register {
    client: String,
    trigger_type: String,
    description: Option<String>,
    refuse: Option<Refusal>,
}

#[derive(Clone, Deserialize)]
struct Refusal {
    code: String,
    message: String,
}

#[derive(Deserialize)]
struct Unregister {
    client: String,
    trigger_type: String,
}

#[derive(Deserialize)]
struct Fire {
    client: String,
    trigger_type: String,
    trigger: String,
    payload: Json,
}

/// Keeps what the engine bound, and tells the runner.
pub(crate) struct Provider {
    trigger_type: String,
    refusal: Option<Refusal>,
    bound: Mutex<HashMap<String, BoundTrigger>>,
}

/// The handler of the SDK; the driver keeps the provider behind it.
struct Handler(Arc<Provider>);

impl TriggerHandler for Handler {
    fn register(&self, trigger: BoundTrigger) -> BoxFuture<'_, Result<(), HandlerError>> {
        let outcome = self.0.bind(trigger);
        Box::pin(async move { outcome })
    }

    fn unregister<'a>(&'a self, id: &'a str) -> BoxFuture<'a, ()> {
        self.0.unbind(id);
        Box::pin(async {})
    }
}

impl Provider {
    fn bind(&self, trigger: BoundTrigger) -> Result<(), HandlerError> {
        if let Some(refusal) = self.refusal.clone() {
            return Err(HandlerError::new(refusal.code, refusal.message));
        }
        let mut shown = json!({
            "id": trigger.id.as_str(),
            "function_id": trigger.function_id.as_str(),
            "config": line::raw(&trigger.config),
            "namespace": trigger.namespace.as_deref(),
        });
        if let Some(metadata) = &trigger.metadata {
            shown["metadata"] = json!(line::raw(metadata));
        }
        let id = trigger.id.to_string();
        self.bound.lock().insert(id, trigger);
        let trigger_type = &self.trigger_type;
        line::write(&json!({ "event": "bound", "trigger_type": trigger_type, "trigger": shown }));
        Ok(())
    }

    fn unbind(&self, id: &str) {
        self.bound.lock().remove(id);
        let trigger_type = &self.trigger_type;
        line::write(&json!({ "event": "unbound", "trigger_type": trigger_type, "id": id }));
    }
}

pub(crate) async fn register(shared: &Shared, request: &str) -> Answer {
    let wanted: Register = serde_json::from_str(request)?;
    let session = shared.session(&wanted.client)?;
    let provider = Arc::new(Provider {
        trigger_type: wanted.trigger_type.clone(),
        refusal: wanted.refuse,
        bound: Mutex::default(),
    });
    let description = wanted.description.unwrap_or_default();
    let kind = RegisterTriggerType::new(wanted.trigger_type.clone(), description);
    let handler = Handler(Arc::clone(&provider));
    let registered = session.client.register_trigger_type(kind, handler).await?;
    let mut providers = session.providers.lock();
    providers.insert(wanted.trigger_type, (registered, provider));
    Ok(None)
}

pub(crate) async fn unregister(shared: &Shared, request: &str) -> Answer {
    let wanted: Unregister = serde_json::from_str(request)?;
    let session = shared.session(&wanted.client)?;
    let provided = session.providers.lock().remove(&wanted.trigger_type);
    let Some((trigger_type, _)) = provided else {
        return Err(Failure::unknown("trigger type", &wanted.trigger_type));
    };
    trigger_type.unregister().await?;
    Ok(None)
}

pub(crate) async fn fire(shared: &Shared, request: &str) -> Answer {
    let wanted: Fire = serde_json::from_str(request)?;
    let session = shared.session(&wanted.client)?;
    let provider = session.providers.lock().get(&wanted.trigger_type).cloned();
    let Some((_, provider)) = provider else {
        return Err(Failure::unknown("trigger type", &wanted.trigger_type));
    };
    let bound = provider.bound.lock().get(&wanted.trigger).cloned();
    let bound = bound.ok_or_else(|| Failure::unknown("bound trigger", &wanted.trigger))?;
    let payload = wanted.payload.payload();
    let payload = payload.ok_or_else(|| Failure::unknown("field", "payload"))?;
    match bound.fire(payload).await? {
        Fired::Blocked => value(&json!({ "blocked": true })),
        Fired::Ran(None) => value(&json!({ "ran": true })),
        Fired::Ran(Some(output)) => value(&json!({ "ran": line::raw(&output) })),
    }
}
