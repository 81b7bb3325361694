//! The first worker: orders over HTTP, kept in state.
//!
//! Three functions. Two are bound to HTTP routes by triggers, all three call functions of the
//! worker `state` by id, and none knows where any other runs.

mod http;
mod order;
mod place;
mod read;
mod total;

use iii_kit::{
    BoxFuture, Client, RegisterTriggerInput, Running, StartError, Worker, WorkerOptions,
};
use serde_json::json;

/// The scope in state that orders are kept under.
const SCOPE: &str = "orders";

struct Orders;

impl Worker for Orders {
    fn options(&self) -> WorkerOptions {
        WorkerOptions::new("orders")
    }

    fn start(self: Box<Self>, client: Client) -> BoxFuture<'static, Result<Running, StartError>> {
        Box::pin(async move {
            client
                .register_function("orders::place", place::function())
                .await?;
            client
                .register_function("orders::read", read::function())
                .await?;
            client
                .register_function("orders::total", total::function())
                .await?;
            let routes = [
                ("orders::place", "POST", "/orders"),
                ("orders::read", "GET", "/orders/:id"),
            ];
            for (function, method, path) in routes {
                let config = json!({ "api_path": path, "http_method": method });
                client
                    .register_trigger(RegisterTriggerInput::new("http", function, &config))
                    .await?;
            }
            Ok(Running::idle())
        })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let url = std::env::args().nth(1);
    let url = url.as_deref().unwrap_or(iii_kit::DEFAULT_ENGINE_URL);
    Ok(iii_kit::run(url, Orders).await?)
}
