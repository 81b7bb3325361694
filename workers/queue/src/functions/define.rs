//! `queue::define`: queues that are made or changed while the engine runs.

use super::{Answer, Offer, raw};
use crate::error;
use crate::hub::Hub;
use crate::input;
use crate::limits::QUEUES_MAX;
use iii_kit::{Context, HandlerError, Payload};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// A queue and those of its settings that are to change.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Define")]
struct Input {
    /// The queue; made if it does not exist.
    queue: String,
    /// Settings to change, see `queue_configs` of the configuration; `null` means the default.
    #[serde(flatten)]
    settings: Map<String, Value>,
}

pub(super) fn offers(hub: &Arc<Hub>) -> Vec<Offer> {
    let define = raw(hub, run)
        .description("Makes a queue, or changes settings of one while it runs; durable")
        .request_format_of::<Input>();
    vec![("queue::define", define)]
}

async fn run(hub: Arc<Hub>, payload: Option<Payload>, _: Context) -> Answer {
    let input: Input = input::read(payload.as_ref())?;
    let name = input.queue;
    error::check_name("`queue`", &name).map_err(error::invalid)?;
    let mut settings = input.settings;
    // What the engine adds for old workers, where it is told to.
    settings.remove("_caller_worker_id");
    let declared = hub.config.lock().queues().remove(&name);
    let (defined, written) = {
        let mut broker = hub.broker.lock();
        if broker.named(&name).is_none() && broker.entries().count() >= QUEUES_MAX {
            return Err(HandlerError::new(
                error::QUEUE_FULL,
                format!("there are {QUEUES_MAX} queues and topics, which is the limit"),
            ));
        }
        let defined = broker.define(&name, settings, declared.as_ref());
        let defined = defined.map_err(|wrong| error::invalid(wrong.to_string()))?;
        let written = hub.commits.plain(&hub, vec![defined.change.clone()]);
        (defined, written)
    };
    written
        .await
        .map_err(|failed| error::not_written(&failed))?;
    let settings = defined.settings.clone();
    hub.broker.lock().defined(defined, hub.now());
    hub.pump();
    let answer = json!({ "queue": name, "settings": settings });
    super::answer(&answer)
}
