//! What the OpenAPI document promises, tried by a tool that reads it.

use crate::world::{Mode, World};
use iii_kit::{HandlerError, Payload, RegisterFunction};
use serde_json::{Value, json};
use std::process::Command;

/// Requests for each operation and phase.
const EXAMPLES: &str = "25";

async fn function(world: &World, id: &str, request: &Value, response: &Value, answer: Value) {
    let run = move |_: Option<Payload>, _| {
        let answer = iii_kit::to_payload(&answer).unwrap();
        async { Ok::<_, HandlerError>(Some(answer)) }
    };
    let function = RegisterFunction::raw(run)
        .request_format(request)
        .response_format(response);
    world.app.register_function(id, function).await.unwrap();
}

/// A small shop: a body, parameters of both kinds, and a key that is needed.
async fn shop() -> World {
    let keys = json!([{ "id": "acme", "secret": "acme-secret-key" }]);
    let scheme = json!({ "type": "api_key", "header": "x-api-key", "keys": keys });
    let config = json!({ "validate": true, "auth": { "schemes": { "partners": scheme } } });
    let world = World::start(Mode::Memory, config).await;
    let order = json!({ "type": "object", "required": ["sku", "quantity"],
        "additionalProperties": false,
        "properties": {
            "sku": { "type": "string", "pattern": "^[a-z]{3}-[0-9]{4}$" },
            "quantity": { "type": "integer", "minimum": 1, "maximum": 100 },
        } });
    let receipt = json!({ "type": "object", "required": ["id"],
        "properties": { "id": { "type": "integer" } } });
    let request = json!({ "required": ["body"], "properties": { "body": order } });
    let id = json!({ "id": 7 });
    function(
        &world,
        "shop::order",
        &request,
        &receipt,
        json!({ "body": id }),
    )
    .await;
    let short = json!({ "type": "string", "pattern": "^[a-z]{1,20}$" });
    let request = json!({ "required": ["query_params", "path_params"], "properties": {
        "path_params": { "required": ["shelf"], "properties": { "shelf": short } },
        "query_params": { "required": ["q"], "properties": { "q": short } } } });
    let list = json!({ "type": "array", "items": receipt });
    function(
        &world,
        "shop::search",
        &request,
        &list,
        json!({ "body": [id] }),
    )
    .await;
    for (id, route) in [
        (
            "shop::order",
            json!({ "api_path": "/orders", "http_method": "POST" }),
        ),
        (
            "shop::order",
            json!({ "api_path": "/guarded", "http_method": "PUT", "auth": ["partners"] }),
        ),
        ("shop::search", json!({ "api_path": "/shelves/:shelf" })),
    ] {
        world.bind(id, route).await.unwrap();
    }
    world
}

#[tokio::test]
async fn the_document_holds() {
    let python = match iii_testkit::prepared("schemathesis") {
        Ok(python) => python,
        Err(reason) => return iii_testkit::skip(&reason),
    };
    let world = shop().await;
    let url = format!("http://{}/openapi.json", world.address);
    // It leaves notes of what it found in the working folder.
    let folder = tempfile::tempdir().unwrap();
    let mut run = Command::new(python);
    run.args(["-m", "schemathesis.cli", "run", &url, "--no-color"])
        .args(["--header", "x-api-key: acme-secret-key"])
        .args(["--seed", "1", "--max-examples", EXAMPLES, "--workers", "1"])
        .args(["--phases", "examples,coverage,fuzzing"])
        .current_dir(&folder);
    let ended = tokio::task::spawn_blocking(move || run.output())
        .await
        .unwrap()
        .unwrap();
    let told = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(
        ended.status.success(),
        "{told}{}",
        String::from_utf8_lossy(&ended.stderr)
    );
    assert!(
        told.contains("3 selected") || told.contains("3 / 3"),
        "{told}"
    );
    world.stop().await;
}
