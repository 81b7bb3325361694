//! Functions that messages wait for: the engine says when they are offered again.

use crate::core::Target;
use crate::hub::Hub;
use iii_kit::{HandlerError, Payload, RegisterFunction, RegisterTriggerInput, TriggerRef};
use serde::Deserialize;
use serde_json::json;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::Notify;

/// The function that is told of changes of the catalog.
pub(crate) const FUNCTION: &str = "engine::queue::functions_changed";
/// What tells it.
const TRIGGER_TYPE: &str = "engine::functions-available";

/// Wakes the watch.
#[derive(Default)]
pub(crate) struct Presence(Notify);

impl Presence {
    /// A function was found to be absent.
    pub(crate) fn look(&self) {
        self.0.notify_one();
    }
}

#[derive(Deserialize)]
struct Change<'a> {
    #[serde(borrow)]
    functions: Vec<Listed<'a>>,
}

#[derive(Deserialize)]
struct Listed<'a> {
    #[serde(borrow, alias = "id")]
    function_id: Cow<'a, str>,
    #[serde(borrow, default)]
    namespace: Option<Cow<'a, str>>,
}

/// Subscribes to changes of the catalog while something is absent, and only then: the list of all
/// functions is long.
pub(crate) async fn watch(hub: Arc<Hub>) {
    let mut trigger: Option<TriggerRef> = None;
    loop {
        tokio::select! {
            () = hub.stop.cancelled() => return,
            () = hub.presence.0.notified() => {}
        }
        let is_absent = !hub.broker.lock().absent_functions().is_empty();
        match (&trigger, is_absent) {
            (None, true) => {
                let input = RegisterTriggerInput::new(TRIGGER_TYPE, FUNCTION, &json!({}));
                match hub.client.register_trigger(input).await {
                    Ok(registered) => trigger = Some(registered),
                    // The probe of the queue finds it as well, only later.
                    Err(error) => tracing::warn!(%error, "queue.presence_unknown"),
                }
                // It may have come back before the subscription.
                probe(&hub).await;
            }
            (Some(registered), false) => {
                let _ = registered.unregister().await;
                trigger = None;
            }
            _ => {}
        }
    }
}

/// The function behind [`FUNCTION`].
pub(crate) fn function(hub: &Arc<Hub>) -> RegisterFunction {
    let hub = Arc::clone(hub);
    let handler = move |input: Option<Payload>, _| {
        let hub = Arc::clone(&hub);
        async move {
            if let Some(input) = input {
                changed(&hub, &input);
            }
            Ok::<_, HandlerError>(None)
        }
    };
    RegisterFunction::raw(handler)
        .description("Internal: tells the queues which functions there are")
        .exclusive()
}

fn changed(hub: &Arc<Hub>, input: &Payload) {
    let Ok(change) = serde_json::from_slice::<Change<'_>>(input.as_bytes()) else {
        return;
    };
    let mut absent = hub.broker.lock().absent_functions();
    let there: BTreeSet<(&str, &str)> = change
        .functions
        .iter()
        .map(|it| {
            (
                &*it.function_id,
                it.namespace.as_deref().unwrap_or("default"),
            )
        })
        .collect();
    absent.retain(|target| match target {
        Target::Bound => false,
        Target::Function { id, namespace } => {
            there.contains(&(&**id, namespace.as_deref().unwrap_or("default")))
        }
    });
    if absent.is_empty() {
        return;
    }
    let now = hub.now();
    {
        let mut broker = hub.broker.lock();
        for target in &absent {
            broker.offered(target, now);
        }
    }
    hub.presence.look();
    hub.pump();
}

/// Asks for each absent function whether it is there.
async fn probe(hub: &Arc<Hub>) {
    let absent = hub.broker.lock().absent_functions();
    for target in absent {
        let Target::Function { id, namespace } = &target else {
            continue;
        };
        let input = json!({ "function_id": &**id, "namespace": namespace.as_deref() });
        let call = iii_kit::TriggerRequest::new("engine::functions::info", input);
        let found = hub.client.trigger::<_, serde_json::Value>(call).await;
        if found.is_ok_and(|found| !found.is_null()) {
            let now = hub.now();
            hub.broker.lock().offered(&target, now);
        }
    }
    hub.pump();
}
