//! Requests against the schemas of functions.

use crate::client::{JSON, ask, post};
use crate::world::{Mode, World};
use iii_kit::{HandlerError, Payload, RegisterFunction};
use serde_json::{Value, json};

async fn function(world: &World, id: &str, schema: &Value) -> iii_kit::FunctionRef {
    let run = |_: Option<Payload>, _| async { Ok::<_, HandlerError>(None) };
    let function = RegisterFunction::raw(run).request_format(schema);
    world.app.register_function(id, function).await.unwrap()
}

fn paths(reply: &crate::client::Reply) -> Vec<String> {
    let errors = reply.json()["error"]["errors"].clone();
    let paths = errors.as_array().unwrap().iter();
    paths
        .map(|one| one["path"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_request_that_does_not_fit_is_told_where() {
    let world = World::start(Mode::Memory, json!({ "validate": true })).await;
    let schema = json!({ "type": "object", "required": ["sku"], "properties": {
        "sku": { "type": "string", "pattern": "^[a-z]+$" },
        "n": { "type": "integer", "minimum": 1 },
    } });
    let request = json!({ "properties": { "body": schema, "query_params": {
        "properties": { "dry": { "enum": ["yes"] } } } } });
    function(&world, "app::body", &schema).await;
    function(&world, "app::request", &request).await;
    for (id, path) in [("app::body", "/body"), ("app::request", "/request")] {
        let config = json!({ "api_path": path, "http_method": "POST" });
        world.bind(id, config).await.unwrap();
        let fine = post(world.address, path, r#"{"sku":"a","n":2}"#).await;
        assert_eq!(fine.status, 204, "{}", fine.text());
        let wrong = post(world.address, path, r#"{"sku":"A7","n":0}"#).await;
        assert_eq!(
            (wrong.status, wrong.error_code().as_str()),
            (422, "VALIDATION_FAILED")
        );
        let mut found = paths(&wrong);
        found.sort();
        assert_eq!(found, ["/body/n", "/body/sku"]);
        assert!(!wrong.text().contains("A7"));
        let absent = ask(world.address, &format!("POST {path}"), &[JSON], "").await;
        assert_eq!(paths(&absent), ["/body"]);
    }
    let line = "/request?dry=no";
    assert_eq!(
        paths(&post(world.address, line, r#"{"sku":"a"}"#).await),
        ["/query_params/dry"]
    );
    let off = json!({ "api_path": "/off", "http_method": "POST", "validate": false });
    world.bind("app::body", off).await.unwrap();
    assert_eq!(post(world.address, "/off", "7").await.status, 204);
    world.stop().await;
}

#[tokio::test]
async fn a_new_schema_holds_at_once() {
    let world = World::start(Mode::Memory, json!({ "validate": true })).await;
    let config = json!({ "api_path": "/a", "http_method": "POST" });
    world.bind("app::f", config).await.unwrap();
    let first = function(&world, "app::f", &json!({ "type": "string" })).await;
    assert_eq!(post(world.address, "/a", "7").await.status, 422);
    assert_eq!(post(world.address, "/a", "\"x\"").await.status, 204);
    first.unregister().await.unwrap();
    function(&world, "app::f", &json!({ "type": "integer" })).await;
    // The push that tells of it is on its way.
    iii_testkit::within("the new schema", async {
        while post(world.address, "/a", "7").await.status != 204 {}
    })
    .await;
    assert_eq!(post(world.address, "/a", "\"x\"").await.status, 422);
    world.stop().await;
}

#[tokio::test]
async fn a_schema_that_cannot_be_used_refuses() {
    let world = World::start(Mode::Memory, json!({ "validate": true })).await;
    let away = json!({ "$ref": "http://127.0.0.1:1/schema.json" });
    function(&world, "app::f", &away).await;
    let config = json!({ "api_path": "/a", "http_method": "POST" });
    world.bind("app::f", config).await.unwrap();
    let refused = post(world.address, "/a", "7").await;
    assert_eq!(
        (refused.status, refused.error_code().as_str()),
        (500, "INVALID_SCHEMA")
    );
    world.stop().await;
}
