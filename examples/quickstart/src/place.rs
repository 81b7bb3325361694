//! `orders::place`: takes an order and keeps it.

use crate::{
    SCOPE,
    http::{Request, Response},
    order::Order,
};
use iii_kit::{Context, HandlerError, RegisterFunction, TriggerRequest};
use serde_json::{Value, json};

pub(crate) fn function() -> RegisterFunction {
    RegisterFunction::new(place).description("take an order")
}

async fn place(request: Request, context: Context) -> Result<Response, HandlerError> {
    let order: Order = match serde_json::from_value(request.body) {
        Ok(order) => order,
        Err(error) => return Ok(Response::new(422, json!({ "error": error.to_string() }))),
    };
    let set = json!({ "scope": SCOPE, "key": order.id, "value": order });
    let _: Value = context
        .trigger(TriggerRequest::new("state::set", set))
        .await?;
    Ok(Response::new(201, json!({ "placed": order.id })))
}
