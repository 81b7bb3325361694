//! The trigger type `state`: functions that run when entries change.

mod config;
mod event;
mod feed;
mod index;
mod line;
mod subscription;
#[cfg(test)]
mod tests;

use crate::durable::Bindings;
use crate::error;
use crate::tasks::Tasks;
use config::{Bond, TriggerConfig};
use iii_kit::{
    BoundTrigger, BoxFuture, FireOptions, HandlerError, Payload, RegisterTriggerType, TraceContext,
    TriggerHandler,
};
use std::sync::Arc;
use subscription::{Subscriber, Subscription};

pub(crate) use config::DurableConfig;
pub(crate) use event::Change;
pub(crate) use feed::Feed;
pub(crate) use index::Filter;

/// The trigger type's id.
pub(crate) const TRIGGER_TYPE: &str = "state";

/// The trigger type as it is registered.
pub(crate) fn registration() -> RegisterTriggerType {
    let description = "Runs a function when entries are created, updated, deleted or expire; the \
                       events of one entry come in order, one at a time";
    RegisterTriggerType::new(TRIGGER_TYPE, description)
        .config_format_of::<TriggerConfig>()
        .call_format_of::<event::EventShape>()
}

/// Binds triggers to the feed of changes, or to the queue.
pub(crate) struct Handler {
    feed: Arc<Feed>,
    tasks: Tasks,
    bindings: Arc<Bindings>,
}

impl Handler {
    pub(crate) fn new(feed: Arc<Feed>, tasks: Tasks, bindings: Arc<Bindings>) -> Self {
        Self {
            feed,
            tasks,
            bindings,
        }
    }

    async fn bind(&self, trigger: BoundTrigger) -> Result<(), HandlerError> {
        let config = TriggerConfig::read(&trigger.config)
            .map_err(|error| error::invalid(error.to_string()))?;
        match config.bond()? {
            Bond::Passing(filter) => {
                self.bindings.unbind(&trigger.id).await;
                let id = trigger.id.to_string();
                let limits = self.feed.limits();
                let tasks = self.tasks.clone();
                let subscription = Subscription::new(id, Arc::new(Bound(trigger)), limits, tasks);
                self.feed.subscribe(filter, subscription);
                Ok(())
            }
            Bond::Durable(config) => {
                self.feed.unsubscribe(&trigger.id);
                self.bindings.bind(&trigger, config).await
            }
        }
    }
}

impl TriggerHandler for Handler {
    fn register(&self, trigger: BoundTrigger) -> BoxFuture<'_, Result<(), HandlerError>> {
        Box::pin(self.bind(trigger))
    }

    fn unregister<'a>(&'a self, id: &'a str) -> BoxFuture<'a, ()> {
        self.feed.unsubscribe(id);
        Box::pin(self.bindings.unbind(id))
    }
}

/// A trigger of the engine as a subscriber.
struct Bound(BoundTrigger);

impl Subscriber for Bound {
    fn deliver(&self, event: Payload, trace: TraceContext) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let options = FireOptions::new().trace(trace);
            if let Err(error) = self.0.fire_with(event, options).await {
                tracing::warn!(
                    trigger_id = &*self.0.id,
                    function_id = &*self.0.function_id,
                    code = error.code(),
                    error = %error,
                    "state trigger failed"
                );
            }
        })
    }
}
