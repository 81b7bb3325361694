//! Waiting for the catalog.

use iii_kit::{Client, Context, HandlerError, Payload, RegisterFunction, TriggerRequest};
use iii_testkit::{CatalogWatch, TestEngine};
use serde_json::{Value, json};

async fn is_there(client: &Client, id: &str) -> bool {
    let call = TriggerRequest::new("engine::functions::info", json!({ "function_id": id }));
    client.trigger::<_, Value>(call).await.is_ok()
}

#[tokio::test]
async fn functions_are_seen_to_come_and_go() {
    let engine = TestEngine::start().await;
    let watcher = engine.client("watcher").await;
    let watch = CatalogWatch::new(&watcher, "watcher::changed").await;
    let other = engine.ws_client("other").await;
    let echo = RegisterFunction::raw(|input: Option<Payload>, _: Context| async move {
        Ok::<_, HandlerError>(input)
    });
    let function = other.register_function("other::echo", echo).await.unwrap();
    watch
        .until("the function", async |client| {
            is_there(client, "other::echo").await
        })
        .await;
    other.shutdown().await;
    watch
        .until("its end", async |client| {
            !is_there(client, "other::echo").await
        })
        .await;
    drop(function);
    engine.stop().await;
}
