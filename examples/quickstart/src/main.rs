//! A first worker: `POST /orders` keeps an order, `GET /orders/:id` gives it back.

use iii_kit::{
    Client, Context, HandlerError, RegisterFunction, RegisterTriggerInput, TriggerRequest,
};
use serde_json::{Value, json};

/// Keeps the order that came as the request's body, under its id.
async fn place(request: Value, ctx: Context) -> Result<Value, HandlerError> {
    let order = &request["body"];
    let Some(id) = order["id"].as_str() else {
        return Ok(json!({ "status_code": 422, "body": { "error": "an order needs an `id`" } }));
    };
    let set = json!({ "scope": "orders", "key": id, "value": order });
    let stored: Value = ctx.trigger(TriggerRequest::new("state::set", set)).await?;
    let status = if stored["old_value"].is_null() {
        201
    } else {
        200
    };
    Ok(json!({ "status_code": status, "body": { "id": id, "total": order["total"] } }))
}

/// Gives an order back.
async fn show(request: Value, ctx: Context) -> Result<Value, HandlerError> {
    let get = json!({ "scope": "orders", "key": request["path_params"]["id"] });
    let order: Option<Value> = ctx.trigger(TriggerRequest::new("state::get", get)).await?;
    Ok(match order {
        Some(order) => json!({ "body": order }),
        None => json!({ "status_code": 404, "body": { "error": "no such order" } }),
    })
}

async fn start(iii: Client) -> Result<(), iii_kit::StartError> {
    let http = |id: &str, method: &str, path: &str| {
        RegisterTriggerInput::new(
            "http",
            id,
            &json!({ "api_path": path, "http_method": method }),
        )
    };
    iii.register_function("orders::place", RegisterFunction::new(place))
        .await?;
    iii.register_function("orders::show", RegisterFunction::new(show))
        .await?;
    iii.register_trigger(http("orders::place", "POST", "/orders"))
        .await?;
    iii.register_trigger(http("orders::show", "GET", "/orders/:id"))
        .await?;
    Ok(())
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // The engine's address, `ws://127.0.0.1:49134` unless the first argument says otherwise.
    let url = std::env::args()
        .nth(1)
        .unwrap_or_else(|| iii_kit::DEFAULT_ENGINE_URL.to_owned());
    iii_kit::run(&url, iii_kit::worker("orders", start)).await?;
    Ok(())
}
