//! Waiting for a state of the catalog, woken by the catalog's own pushes.

use crate::wait::within;
use iii_kit::serde_json::json;
use iii_kit::{
    Client, Context, FunctionRef, HandlerError, Payload, RegisterFunction, RegisterTriggerInput,
    TriggerRef,
};
use std::sync::Arc;
use tokio::sync::Notify;

/// The trigger types of the catalog's pushes.
const PUSHES: [&str; 2] = ["engine::functions-available", "engine::workers-available"];

/// Tells when functions or workers have come or gone.
pub struct CatalogWatch {
    changed: Arc<Notify>,
    client: Client,
    _function: FunctionRef,
    _triggers: Vec<TriggerRef>,
}

impl CatalogWatch {
    /// Begins to watch through `client`, which gets a function `ID` that the pushes call.
    ///
    /// # Panics
    /// The engine refuses the function or the triggers.
    pub async fn new(client: &Client, id: &str) -> Self {
        let changed = Arc::new(Notify::new());
        let notify = Arc::clone(&changed);
        let on_push = RegisterFunction::raw(move |_: Option<Payload>, _: Context| {
            notify.notify_one();
            async { Ok::<_, HandlerError>(None) }
        });
        let function = match client.register_function(id, on_push).await {
            Ok(function) => function,
            Err(error) => panic!("cannot watch the catalog: {error}"),
        };
        let mut triggers = Vec::new();
        for push in PUSHES {
            let trigger = RegisterTriggerInput::new(push, id, &json!({}));
            match client.register_trigger(trigger).await {
                Ok(trigger) => triggers.push(trigger),
                Err(error) => panic!("cannot watch the catalog: {error}"),
            }
        }
        Self {
            changed,
            client: client.clone(),
            _function: function,
            _triggers: triggers,
        }
    }

    /// Looks now and after every change, until `probe` is satisfied.
    ///
    /// # Panics
    /// It is not within [`crate::PATIENCE`].
    pub async fn until(&self, what: &str, mut probe: impl AsyncFnMut(&Client) -> bool) {
        let satisfied = async {
            while !probe(&self.client).await {
                self.changed.notified().await;
            }
        };
        within(what, satisfied).await;
    }
}
