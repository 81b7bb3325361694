//! `queue::dlq::get`: a dead message with its data.

use super::list::describe;
use crate::core::Body;
use crate::error;
use crate::functions::message::{ById, dead_head, locate};
use crate::functions::{Answer, answer};
use crate::hub::Hub;
use crate::input;
use iii_kit::{Context, Payload};
use std::sync::Arc;

pub(super) async fn run(hub: Arc<Hub>, payload: Option<Payload>, _: Context) -> Answer {
    let input: ById = input::read(payload.as_ref())?;
    let (queue, id) = locate(&hub, &input.message_id)?;
    let dead = dead_head(&hub, queue, id).await?;
    let dead = dead.ok_or_else(|| error::not_dead(&input.message_id))?;
    let body = hub.bodies(queue, &[id]).await?.remove(0);
    let body = body.ok_or_else(|| error::no_message(&input.message_id))?;
    let body = Body::decode(&body).map_err(error::damaged)?;
    let mut found = describe(&hub, id, &dead);
    found["data"] = serde_json::from_slice(body.data.as_bytes()).map_err(error::damaged)?;
    answer(&found)
}
