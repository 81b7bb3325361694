//! Between the two ways to provide a trigger type.

use super::triggers::{TriggerConfig, TriggerHandler};
use crate::{BoundTrigger, BoxFuture, HandlerError};
use parking_lot::{Mutex, RwLock};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Serves a trigger type by a handler that may be replaced.
pub(super) struct Provider {
    handler: RwLock<Arc<dyn TriggerHandler>>,
    /// What the handler was given: it is handed the same again when it is to let go.
    bound: Mutex<BTreeMap<String, TriggerConfig>>,
}

impl Provider {
    pub(super) fn new(handler: Arc<dyn TriggerHandler>) -> Self {
        Self {
            handler: RwLock::new(handler),
            bound: Mutex::default(),
        }
    }

    /// From now on another handler serves.
    pub(super) fn replace(&self, handler: Arc<dyn TriggerHandler>) {
        *self.handler.write() = handler;
    }

    fn handler(&self) -> Arc<dyn TriggerHandler> {
        Arc::clone(&self.handler.read())
    }
}

impl crate::TriggerHandler for Provider {
    fn register(&self, trigger: BoundTrigger) -> BoxFuture<'_, Result<(), HandlerError>> {
        let config = TriggerConfig::of(&trigger);
        Box::pin(async move {
            let registered = self.handler().register_trigger(config.clone()).await;
            // Its code would say that an invocation failed; the client names the refusal.
            registered.map_err(|error| HandlerError::failed(error.to_string()))?;
            self.bound.lock().insert(config.id.clone(), config);
            Ok(())
        })
    }

    fn unregister<'a>(&'a self, id: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let Some(config) = self.bound.lock().remove(id) else {
                return;
            };
            if let Err(error) = self.handler().unregister_trigger(config).await {
                tracing::error!(%error, trigger_id = id, "a trigger was not unregistered cleanly");
            }
        })
    }
}
