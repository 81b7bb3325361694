//! `iii::durable::publish`: a message for everybody who subscribed to a topic.

use super::{Answer, Offer, raw};
use crate::core::{PublishError, Settings, Target};
use crate::error;
use crate::hub::Hub;
use crate::input::{self, Cargo, Given, Options};
use crate::limits::{NAME_BYTES_MAX, QUEUES_MAX};
use iii_kit::{Bytes, Context, HandlerError, Payload};
use schemars::JsonSchema;
use serde::Deserialize;
use std::borrow::Cow;
use std::sync::Arc;

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
    let told = {
        let input: Input<'_> = input::read(payload.as_ref())?;
        let options: Options = input::read(payload.as_ref())?;
        let topic = input.topic.filter(|topic| !topic.is_empty());
        let topic = topic
            .ok_or_else(|| HandlerError::new("topic_not_set", "`topic` is missing or empty"))?;
        if topic.len() > NAME_BYTES_MAX {
            return Err(error::invalid(format!(
                "`topic` has {} bytes, the limit is {NAME_BYTES_MAX}",
                topic.len()
            )));
        }
        let cargo = Cargo {
            data: input.data.text().unwrap_or("null"),
            metadata: input.metadata.text(),
            trace: context.trace().clone(),
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
        let ticket =
            broker
                .publish(&topic, &message, &settings, now)
                .map_err(|failed| match failed {
                    PublishError::Refused(refusal, queue) => error::refused(&queue, &refusal),
                    PublishError::Message(error) => error,
                })?;
        hub.commits.submit(&hub, ticket, &mut broker)?
    };
    match told.await {
        Ok(Ok(())) => Ok(Some(Payload::from_trusted(Bytes::from_static(b"null")))),
        Ok(Err(failed)) => Err(error::not_written(&failed)),
        Err(_) => Err(error::stopping()),
    }
}
