//! `orders::total`: how many pieces were ordered. Called by id, by anyone.

use crate::{SCOPE, order::Order};
use iii_kit::{Context, HandlerError, RegisterFunction, TriggerRequest};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Deserialize, JsonSchema)]
struct Input {}

#[derive(Serialize, JsonSchema)]
struct Total {
    orders: usize,
    pieces: u64,
}

pub(crate) fn function() -> RegisterFunction {
    RegisterFunction::new(total).description("how many pieces were ordered")
}

async fn total(_: Input, context: Context) -> Result<Total, HandlerError> {
    let list = json!({ "scope": SCOPE });
    let orders: Vec<Order> = context
        .trigger(TriggerRequest::new("state::list", list))
        .await?;
    Ok(Total {
        orders: orders.len(),
        pieces: orders.iter().map(|order| u64::from(order.quantity)).sum(),
    })
}
