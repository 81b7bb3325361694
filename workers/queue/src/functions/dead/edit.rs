//! `queue::dlq::edit`: other data for a dead message.

use super::claim::Claimed;
use crate::core::{Body, MessageId, QueueId};
use crate::error;
use crate::functions::message::{head, locate};
use crate::functions::{Answer, answer};
use crate::hub::Hub;
use crate::input::{self, Given};
use iii_kit::{Bytes, Context, HandlerError, Payload};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use std::borrow::Cow;
use std::sync::Arc;

/// New data for a dead message.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "DeadEdit")]
pub(super) struct Input<'a> {
    /// The message.
    #[serde(borrow)]
    message_id: Cow<'a, str>,
    /// What it carries from now on.
    #[serde(borrow)]
    data: Given<'a>,
}

pub(super) async fn run(hub: Arc<Hub>, payload: Option<Payload>, _: Context) -> Answer {
    let (name, data) = {
        let input: Input<'_> = input::read(payload.as_ref())?;
        let data = input.data.text().unwrap_or("null");
        let data = Bytes::copy_from_slice(data.as_bytes());
        (input.message_id.into_owned(), Payload::from_trusted(data))
    };
    let (queue, id) = locate(&hub, &name)?;
    edit(&hub, queue, id, &name, data).await?;
    answer(&json!({ "message_id": name }))
}

/// Gives a message other data. `name` is its id as the caller wrote it.
pub(super) async fn edit(
    hub: &Arc<Hub>,
    queue: QueueId,
    id: MessageId,
    name: &str,
    data: Payload,
) -> Result<(), HandlerError> {
    let claimed = Claimed::of(hub, queue, &[id]);
    if claimed.ids.is_empty() {
        return Err(error::not_dead(name));
    }
    let rewritten = rewrite(claimed, name.to_owned(), data);
    let rewritten = hub.tasks.to_its_end(rewritten).await;
    rewritten.ok_or_else(error::stopping)?
}

async fn rewrite(mut claimed: Claimed, name: String, data: Payload) -> Result<(), HandlerError> {
    let (hub, queue) = (Arc::clone(&claimed.hub), claimed.queue);
    let (id, _) = claimed.ids[0];
    let head = head(&hub, queue, id).await?;
    let head = head.ok_or_else(|| error::no_message(&name))?;
    let body = hub.bodies(queue, &[id]).await?.remove(0);
    let body = body.ok_or_else(|| error::no_message(&name))?;
    let body = Body {
        data,
        ..Body::decode(&body).map_err(error::damaged)?
    };
    let body = body.encode();
    let len = u32::try_from(body.len()).unwrap_or(u32::MAX);
    let written = {
        let broker = hub.broker.lock();
        let entry = broker.entry(queue);
        let entry = entry.ok_or_else(|| error::no_message(&name))?;
        let change = entry.queue.rewrite_dead(id, head, body);
        hub.commits.plain(&hub, vec![change])
    };
    written
        .await
        .map_err(|failed| error::not_written(&failed))?;
    claimed.ids[0].1 = len;
    Ok(())
}
