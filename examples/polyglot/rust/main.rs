//! The worker `pricing`: what an order costs.

use iii_kit::{Client, Context, HandlerError, RegisterFunction, TriggerRequest};
use serde_json::{Value, json};

/// The sum of an order's lines with the tax of its country, in cents.
async fn total(order: Value, ctx: Context) -> Result<Value, HandlerError> {
    let lines = order["lines"].as_array().map(Vec::as_slice);
    let lines = lines.ok_or_else(|| HandlerError::new("no_lines", "an order has `lines`"))?;
    let net: u64 = lines
        .iter()
        .map(|line| line["cents"].as_u64().unwrap_or(0) * line["count"].as_u64().unwrap_or(1))
        .sum();
    let country = json!({ "country": order["country"] });
    // Python answers this one.
    let tax: Value = ctx
        .trigger(TriggerRequest::new("tax::rate", country))
        .await?;
    let percent = tax["percent"].as_u64().unwrap_or(0);
    let hop = json!({ "language": "rust", "trace": ctx.trace_id() });
    Ok(json!({ "cents": net + net * percent / 100, "path": [hop, tax["hop"]] }))
}

async fn start(iii: Client) -> Result<(), iii_kit::StartError> {
    iii.register_function("pricing::total", RegisterFunction::new(total))
        .await?;
    Ok(())
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // The engine's address, `ws://127.0.0.1:49134` unless the first argument says otherwise.
    let url = std::env::args()
        .nth(1)
        .unwrap_or_else(|| iii_kit::DEFAULT_ENGINE_URL.to_owned());
    iii_kit::run(&url, iii_kit::worker("pricing", start)).await?;
    Ok(())
}
