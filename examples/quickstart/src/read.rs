//! `orders::read`: one order by its id.

use crate::{
    SCOPE,
    http::{Request, Response},
    order::Order,
};
use iii_kit::{Context, HandlerError, RegisterFunction, TriggerRequest};
use serde_json::json;

pub(crate) fn function() -> RegisterFunction {
    RegisterFunction::new(read).description("one order by its id")
}

async fn read(request: Request, context: Context) -> Result<Response, HandlerError> {
    let id = request.path_params.get("id");
    let get = json!({ "scope": SCOPE, "key": id });
    let order: Option<Order> = context
        .trigger(TriggerRequest::new("state::get", get))
        .await?;
    Ok(match order {
        Some(order) => Response::new(200, json!(order)),
        None => Response::new(404, json!({ "error": "no such order" })),
    })
}
