//! `engine::queue::enqueue`: what an enqueue action is carried out by, and `queue::push`.

use super::{Answer, Offer, raw};
use crate::core::{Known, Target};
use crate::error;
use crate::hub::{Enqueued, Hub};
use crate::input::{self, Cargo, Given, Options};
use iii_kit::{Bytes, Context, HandlerError, Payload, TraceContext};
use schemars::JsonSchema;
use serde::Deserialize;
use std::borrow::Cow;
use std::sync::Arc;

/// A call that is to be made by way of a queue.
#[derive(Deserialize)]
struct Input<'a> {
    /// The queue.
    #[serde(borrow)]
    queue: Cow<'a, str>,
    /// The function to call; absent means whatever is bound to the queue.
    #[serde(borrow, default)]
    function_id: Option<Cow<'a, str>>,
    /// Its namespace; absent means the default one.
    #[serde(borrow, default)]
    namespace: Option<Cow<'a, str>>,
    /// Its input.
    #[serde(borrow, default)]
    data: Given<'a>,
    /// Handed over beside the input.
    #[serde(borrow, default)]
    metadata: Given<'a>,
    /// The trace that the delivery continues.
    #[serde(borrow, default)]
    traceparent: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    baggage: Option<Cow<'a, str>>,
}

pub(super) fn offers(hub: &Arc<Hub>) -> Vec<Offer> {
    let enqueue = raw(hub, run)
        .description("Puts a call on a queue; answers when it is durable")
        .request_format_of::<Shape>();
    let push = raw(hub, run)
        .description("Puts a message on a queue; answers when it is durable")
        .request_format_of::<Shape>();
    vec![("engine::queue::enqueue", enqueue), ("queue::push", push)]
}

/// For the catalog: the input with its options.
#[derive(JsonSchema)]
#[schemars(rename = "Enqueue")]
#[expect(dead_code, reason = "describes the input")]
struct Shape {
    /// The queue.
    queue: String,
    /// The function to call; absent means whatever is bound to the queue.
    function_id: Option<String>,
    /// Its namespace; absent means the default one.
    namespace: Option<String>,
    /// Its input.
    data: serde_json::Value,
    /// Handed over beside the input.
    metadata: Option<serde_json::Value>,
    #[schemars(flatten)]
    options: Options,
}

async fn run(hub: Arc<Hub>, input: Option<Payload>, context: Context) -> Answer {
    let (queue, title, new) = read(&hub, input.as_ref(), &context)?;
    drop(context);
    let enqueued = hub.enqueue(queue, &title, new).await?;
    receipt(&hub, queue, enqueued).await
}

fn read(
    hub: &Hub,
    payload: Option<&Payload>,
    context: &Context,
) -> Result<(crate::core::QueueId, String, crate::core::NewMessage), HandlerError> {
    let input: Input<'_> = input::read(payload)?;
    let options: Options = input::read(payload)?;
    let queue = hub.open_queue(&input.queue)?;
    let target = match input.function_id {
        None => Target::Bound,
        Some(id) if id.is_empty() => {
            return Err(error::invalid(
                "`function_id` is empty; leave it out for what is bound to the queue",
            ));
        }
        Some(id) => Target::Function {
            id: Arc::from(&*id),
            namespace: input
                .namespace
                .filter(|it| it != "default")
                .map(|it| Arc::from(&*it)),
        },
    };
    let trace = match input.traceparent {
        None => context.trace().clone(),
        Some(traceparent) => TraceContext {
            traceparent: Some(traceparent.into_owned().into()),
            baggage: input.baggage.map(|baggage| baggage.into_owned().into()),
            ..TraceContext::default()
        },
    };
    let cargo = Cargo {
        data: input.data.text().unwrap_or("null"),
        metadata: input.metadata.text(),
        trace,
    };
    let new = {
        let broker = hub.broker.lock();
        let entry = broker
            .entry(queue)
            .ok_or_else(|| error::no_queue(&broker, &input.queue))?;
        options.message(target, &cargo, entry.queue.settings(), hub.now())?
    };
    Ok((queue, input.queue.into_owned(), new))
}

/// The answer: the id, and what is known of a message that was there already.
async fn receipt(hub: &Arc<Hub>, queue: crate::core::QueueId, enqueued: Enqueued) -> Answer {
    let json = match enqueued {
        Enqueued::New(id) => format!("{{\"messageReceiptId\":\"{}\"}}", hub.name(id)),
        Enqueued::Known(known) => duplicate(hub, queue, known).await?,
    };
    Ok(Some(Payload::from_trusted(Bytes::from(json))))
}

async fn duplicate(
    hub: &Arc<Hub>,
    queue: crate::core::QueueId,
    known: Known,
) -> Result<String, HandlerError> {
    let mut json = format!(
        "{{\"messageReceiptId\":\"{}\",\"duplicate\":true,\"done\":{}",
        hub.name(known.id),
        known.is_done
    );
    if known.has_result
        && let Some(result) = hub.bodies(queue, &[known.id]).await?.remove(0)
    {
        json.push_str(",\"result\":");
        json.push_str(std::str::from_utf8(&result).map_err(error::damaged)?);
    }
    json.push('}');
    Ok(json)
}
