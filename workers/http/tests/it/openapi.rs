//! The description of the routes.

use crate::client::{ask, get};
use crate::world::{Mode, World};
use iii_kit::{HandlerError, Payload, RegisterFunction};
use serde_json::{Value, json};
use std::future::ready;

async fn function(world: &World, id: &str, schema: &Value, answer: &Value) {
    let run = |_: Option<Payload>, _| async { Ok::<_, HandlerError>(None) };
    let function = RegisterFunction::raw(run)
        .description("takes an order")
        .request_format(schema)
        .response_format(answer);
    world.app.register_function(id, function).await.unwrap();
}

fn schemes() -> Value {
    json!({ "auth": { "schemes": {
        "partners": { "type": "api_key", "header": "x-api-key",
            "keys": [{ "id": "acme", "secret": "acme secret key" }] },
        "users": { "type": "jwt", "secret": "0123456789abcdef0123456789abcdef" },
    } }, "openapi": { "title": "Shop" } })
}

#[tokio::test]
async fn routes_are_described_with_their_schemas() {
    let world = World::start(Mode::Memory, schemes()).await;
    let schema = json!({ "properties": {
        "body": { "$ref": "#/$defs/Order" },
        "path_params": { "properties": { "id": { "type": "string", "pattern": "^[a-z]+$" } } },
        "query_params": { "required": ["dry"], "properties": { "dry": { "enum": ["yes"] } } },
    }, "required": ["body"], "$defs": { "Order": { "type": "object" } } });
    let answer = json!({ "properties": { "body": { "type": "integer" } } });
    function(&world, "app::order", &schema, &answer).await;
    let config = json!({ "api_path": "/shops/:id/*rest", "http_method": "POST", "validate": true,
        "auth": ["partners", "users"], "auth_scopes": ["write"] });
    world.bind("app::order", config).await.unwrap();
    let hidden = json!({ "documented": false });
    world
        .route_with("GET /hidden", hidden, |_, _| ready(Ok(None)))
        .await;
    let reply = get(world.address, "/openapi.json").await;
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert!(!reply.text().contains("secret"), "{}", reply.text());
    let api = reply.json();
    assert_eq!(
        (&api["openapi"], &api["info"]["title"]),
        (&json!("3.1.0"), &json!("Shop"))
    );
    assert_eq!(api["paths"].as_object().unwrap().len(), 1);
    let post = &api["paths"]["/shops/{id}/{rest}"]["post"];
    assert_eq!(post["tags"], json!(["app"]));
    assert_eq!(post["summary"], "takes an order");
    assert_eq!(
        post["security"],
        json!([{ "partners": ["write"] }, { "users": ["write"] }])
    );
    let names: Vec<_> = post["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| &p["name"])
        .collect();
    assert_eq!(names, ["id", "rest", "dry"]);
    let at = |reference: &Value| {
        let pointer = reference["$ref"]
            .as_str()
            .unwrap()
            .strip_prefix('#')
            .unwrap();
        api.pointer(pointer).unwrap().clone()
    };
    let body = at(&post["requestBody"]["content"]["application/json"]["schema"]);
    assert_eq!(at(&body), json!({ "type": "object" }));
    assert_eq!(at(&post["parameters"][0]["schema"])["pattern"], "^[a-z]+$");
    assert_eq!(post["parameters"][2]["required"], true);
    let success = &post["responses"]["2XX"]["content"]["application/json"]["schema"];
    assert_eq!(at(success), json!({ "type": "integer" }));
    for status in ["401", "403", "422", "default"] {
        assert!(post["responses"][status].is_object(), "{status}");
    }
    let schemes = &api["components"]["securitySchemes"];
    assert_eq!(schemes["partners"]["name"], "x-api-key");
    assert_eq!(schemes["users"]["scheme"], "bearer");
    world.stop().await;
}

#[tokio::test]
async fn it_follows_routes_and_functions() {
    let world = World::start(Mode::Memory, json!({})).await;
    let paths = async || {
        let api = get(world.address, "/openapi.json").await.json();
        api["paths"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(paths().await, [""; 0]);
    let first = world.route("GET /a", |_, _| ready(Ok(None))).await;
    world.route("GET /b", |_, _| ready(Ok(None))).await;
    assert_eq!(paths().await, ["/a", "/b"]);
    first.unregister().await.unwrap();
    iii_testkit::within("the route is gone", async {
        while paths().await != ["/b"] {}
    })
    .await;
    // A function that comes later brings its schema along.
    world
        .bind(
            "app::late",
            json!({ "api_path": "/late", "http_method": "PUT" }),
        )
        .await
        .unwrap();
    let schema = async || {
        let api = get(world.address, "/openapi.json").await.json();
        api["paths"]["/late"]["put"]["requestBody"]["content"]["application/json"]["schema"].clone()
    };
    assert_eq!(schema().await, json!(true));
    function(
        &world,
        "app::late",
        &json!({ "type": "string" }),
        &json!(true),
    )
    .await;
    iii_testkit::within("the schema is there", async {
        while schema().await == json!(true) {}
    })
    .await;
    world.stop().await;
}

#[tokio::test]
async fn it_is_kept_and_tagged() {
    let world = World::start(Mode::Memory, json!({})).await;
    world.route("GET /a", |_, _| ready(Ok(None))).await;
    let first = get(world.address, "/openapi.json").await;
    let tag = format!("if-none-match: {}", first.header("etag").unwrap());
    let again = ask(world.address, "GET /openapi.json", &[&tag], "").await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    let wrong = ask(world.address, "POST /openapi.json", &[], "").await;
    assert_eq!(
        (wrong.status, wrong.header("allow")),
        (405, Some("GET, HEAD"))
    );
    world.stop().await;
}

#[tokio::test]
async fn a_route_of_the_same_path_comes_first_and_pages_can_move() {
    let world = World::start(Mode::Memory, json!({})).await;
    world
        .route("GET /openapi.json", |_, _| {
            ready(Ok(Some(json!({ "body": "mine" }))))
        })
        .await;
    assert_eq!(
        get(world.address, "/openapi.json").await.json(),
        json!("mine")
    );
    world.stop().await;
    let moved = json!({ "openapi": { "path": "/api/v1.json", "docs_path": null } });
    let world = World::start(Mode::Memory, moved).await;
    assert_eq!(get(world.address, "/openapi.json").await.status, 404);
    assert_eq!(get(world.address, "/docs").await.status, 404);
    assert_eq!(get(world.address, "/api/v1.json").await.status, 200);
    world.stop().await;
    let off = json!({ "openapi": { "enabled": false } });
    let world = World::start(Mode::Memory, off).await;
    assert_eq!(get(world.address, "/openapi.json").await.status, 404);
    world.stop().await;
}

#[tokio::test]
async fn the_page_loads_nothing_from_elsewhere() {
    let world = World::start(Mode::Memory, json!({ "openapi": { "docs_path": "/help" } })).await;
    let page = get(world.address, "/help").await;
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'"),
        "{policy}"
    );
    assert!(!page.text().contains("http"), "{}", page.text());
    for asset in ["/help/docs.js", "/help/docs.css"] {
        assert!(page.text().contains(asset));
        assert_eq!(get(world.address, asset).await.status, 200);
    }
    world.stop().await;
}

#[tokio::test]
async fn what_everybody_needs_is_needed_here_too() {
    let mut config = schemes();
    config["auth"]["required"] = json!(["partners"]);
    let world = World::start(Mode::Memory, config).await;
    for path in ["/openapi.json", "/docs"] {
        assert_eq!(get(world.address, path).await.status, 401, "{path}");
        let line = format!("GET {path}");
        let known = ask(world.address, &line, &["x-api-key: acme secret key"], "").await;
        assert_eq!(known.status, 200, "{path}");
    }
    world.stop().await;
}
