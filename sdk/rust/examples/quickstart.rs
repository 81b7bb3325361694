//! Offers a function and calls it: `quickstart [ADDRESS]`.
#![expect(clippy::print_stdout, reason = "what it prints is what it is for")]

use iii_kit::serde_json::json;
use iii_kit::{
    Context, DEFAULT_ENGINE_URL, HandlerError, InitOptions, RegisterFunction, TriggerRequest,
    register_worker,
};
use serde::Deserialize;
use std::error::Error;

#[derive(Deserialize, iii_kit::schemars::JsonSchema)]
#[schemars(crate = "iii_kit::schemars")]
struct Order {
    lines: Vec<u32>,
}

async fn total(order: Order, context: Context) -> Result<u32, HandlerError> {
    let lines = order.lines.len();
    context
        .logger()
        .info("adding up", &json!({ "lines": lines }));
    Ok(order.lines.iter().sum())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1);
    let address = address.as_deref().unwrap_or(DEFAULT_ENGINE_URL);
    let iii = register_worker(address, InitOptions::new("orders"))?;
    let function = RegisterFunction::new(total).description("adds up an order");
    iii.register_function("orders::total", function).await?;
    let call = TriggerRequest::new("orders::total", json!({ "lines": [3, 4] }));
    let sum: u32 = iii.trigger(call).await?;
    println!("{sum}");
    iii.shutdown().await;
    Ok(())
}
