//! `iii::durable::publish`: a message for everybody who subscribed to a topic.

use super::{Answer, Offer, raw};
use crate::commits::Written;
use crate::core::{PublishError, Settings, Target};
use crate::error;
use crate::hub::Hub;
use crate::input::{self, Cargo, Given, Options};
use crate::limits::{QUEUES_MAX, UNDECIDED_MAX};
use iii_kit::{Bytes, Context, HandlerError, Payload, TraceContext};
use schemars::JsonSchema;
use serde::Deserialize;
use std::borrow::Cow;
use std::sync::Arc;
use tokio::sync::oneshot;

/// A message for a topic.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Publish")]
struct Input<'a> {
    /// The topic.
    #[serde(borrow, default)]
    topic: Option<Cow<'a, str>>,
    /// What the functions are called with.
    #[serde(borrow, default)]
    data: Given<'a>,
    /// Handed over beside the data.
    #[serde(borrow, default)]
    metadata: Given<'a>,
}

pub(super) fn offers(hub: &Arc<Hub>) -> Vec<Offer> {
    let description = "Publishes to a topic; answers when the message is durable for every \
                       subscriber, or for the first one that will come";
    let publish = raw(hub, run)
        .description(description)
        .request_format_of::<Input<'static>>();
    vec![("iii::durable::publish", publish)]
}

async fn run(hub: Arc<Hub>, payload: Option<Payload>, context: Context) -> Answer {
    for _ in 0..UNDECIDED_MAX {
        let decided = hub.commits.decided();
        let Some(told) = begin(&hub, payload.as_ref(), context.trace())? else {
            decided.await;
            continue;
        };
        return match told.await {
            Ok(Ok(())) => Ok(Some(Payload::from_trusted(Bytes::from_static(b"null")))),
            Ok(Err(failed)) => Err(error::not_written(&failed)),
            Err(_) => Err(error::stopping()),
        };
    }
    Err(HandlerError::new(
        error::QUEUE_FULL,
        format!("{UNDECIDED_MAX} messages with the same key are being published"),
    ))
}

/// Begins to make a message durable; `None` while the fate of one with the same key is not known.
pub(super) fn begin(
    hub: &Arc<Hub>,
    payload: Option<&Payload>,
    trace: &TraceContext,
) -> Result<Option<oneshot::Receiver<Written>>, HandlerError> {
    let input: Input<'_> = input::read(payload)?;
    let options: Options = input::read(payload)?;
    let topic = input.topic.filter(|topic| !topic.is_empty());
    let topic =
        topic.ok_or_else(|| HandlerError::new("topic_not_set", "`topic` is missing or empty"))?;
    error::check_length("`topic`", &topic).map_err(error::invalid)?;
    let cargo = Cargo {
        data: input.data.text().unwrap_or("null"),
        metadata: input.metadata.text(),
        trace: trace.clone(),
    };
    let settings = Settings::default();
    let now = hub.now();
    // Each subscription has settings of its own, which may look into the data.
    let message = |settings: &Settings| {
        options
            .clone()
            .message(Target::Bound, &cargo, settings, now)
    };
    message(&settings)?;
    let mut broker = hub.broker.lock();
    if !broker.topics().contains_key(&*topic) && broker.entries().count() >= QUEUES_MAX {
        return Err(HandlerError::new(
            error::QUEUE_FULL,
            format!("there are {QUEUES_MAX} queues and topics, which is the limit"),
        ));
    }
    let ticket = match broker.publish(&topic, &message, &settings, now) {
        Ok(ticket) => ticket,
        Err(PublishError::Undecided) => return Ok(None),
        Err(PublishError::Refused(refusal, queue)) => return Err(error::refused(&queue, &refusal)),
        Err(PublishError::Message(error)) => return Err(error),
    };
    hub.commits.submit(hub, ticket, &mut broker).map(Some)
}
