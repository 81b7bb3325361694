//! Routing, and what functions see of a request.

use crate::client::{Connection, JSON, ask, get};
use crate::world::{Mode, World, bind, in_both_modes, register};
use iii_kit::{Context, HandlerError, RegisterError, trace_id};
use serde_json::{Value, json};
use std::future::ready;
use tokio::sync::mpsc;

in_both_modes![
    functions_see_the_whole_request,
    a_bad_registration_hurts_nobody,
    conflicts_name_the_owner,
    methods_are_answered_for_the_path,
    a_route_goes_with_its_worker,
    traces_are_continued_and_metadata_goes_along,
    a_request_is_one_trace,
    conditions_decide,
    functions_know_who_asks,
    hosts_have_routes_of_their_own,
];

type Output = Result<Option<Value>, HandlerError>;

async fn echo(input: Value, _: Context) -> Output {
    Ok(Some(json!({ "body": input })))
}

fn says(text: &'static str) -> impl Fn(Value, Context) -> std::future::Ready<Output> {
    move |_, _| ready(Ok(Some(json!({ "body": text }))))
}

async fn hosts_have_routes_of_their_own(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    world.route("GET /a", says("any")).await;
    for host in ["x.example", "*.x.example"] {
        let only = json!({ "host": host });
        world.route_with("GET /a", only, says(host)).await;
    }
    let asked = async |host: &str| {
        let mut connection = Connection::open(world.address).await;
        let head = format!("GET /a HTTP/1.1\r\nhost: {host}\r\n\r\n");
        connection.send(head).await;
        connection.reply().await.json()
    };
    assert_eq!(asked("X.example:3111").await, "x.example");
    assert_eq!(asked("a.b.x.example").await, "*.x.example");
    assert_eq!(asked("y.example").await, "any");
    world.function("app::late", says("late")).await;
    let config = json!({ "api_path": "/a", "host": "X.example" });
    let conflict = world.bind("app::late", config).await.err().unwrap();
    let conflict = conflict.to_string();
    assert!(conflict.contains("GET /a on host x.example"), "{conflict}");
    world.stop().await;
}

async fn functions_see_the_whole_request(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    world.route("POST /x/:id/*rest", echo).await;
    let line = "POST /x/a%20b/c/d%2Fe?q=1&q=2&r=%C3%A9";
    let reply = ask(
        world.address,
        line,
        &[JSON, "x-a: 1", "x-a: 2"],
        "{\"z\":1,\"a\":2}",
    )
    .await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), Some("application/json"));
    let got = reply.json();
    assert_eq!(got["path_params"], json!({ "id": "a b", "rest": "c/d/e" }));
    assert_eq!(got["query_params"], json!({ "q": "2", "r": "é" }));
    assert_eq!(got["query_params_all"]["q"], json!(["1", "2"]));
    assert_eq!(got["headers"]["x-a"], "2");
    assert_eq!(got["headers_all"]["x-a"], json!(["1", "2"]));
    assert_eq!(got["path"], "/x/:id/*rest");
    assert_eq!(got["method"], "POST");
    assert_eq!(got["body"], json!({ "z": 1, "a": 2 }));
    assert_eq!(got["url"]["path"], "/x/a%20b/c/d%2Fe");
    assert_eq!(got["request_body"]["direction"], "read");
    assert_eq!(got["response"]["direction"], "write");
    world.stop().await;
}

async fn a_bad_registration_hurts_nobody(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    world.route("GET /good", says("good")).await;
    world.function("app::bad", says("bad")).await;
    for (config, part) in [
        (json!({ "api_path": "/files/*rest/more" }), "last segment"),
        (json!({ "api_path": "/files/*" }), "needs a name"),
        (
            json!({ "api_path": "/a", "http_method": "FETCH" }),
            "use one of",
        ),
        (json!({ "http_method": "GET" }), "api_path is required"),
        (
            json!({ "api_path": "/a", "colour": "red" }),
            "unknown field",
        ),
        (json!("GET /a"), "struct RouteConfig"),
        (json!(null), "struct RouteConfig"),
    ] {
        let refused = world.bind("app::bad", config).await.err().unwrap();
        let RegisterError::Refused { code, message, .. } = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(code, "trigger_registration_failed");
        assert!(message.contains(part), "{message}");
    }
    world.route("GET /files/*rest", says("wild")).await;
    assert_eq!(get(world.address, "/good").await.text(), "\"good\"");
    assert_eq!(get(world.address, "/files/a/b").await.text(), "\"wild\"");
    assert_eq!(get(world.address, "/a").await.status, 404);
    world.stop().await;
}

async fn conflicts_name_the_owner(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    world.function("orders::get", says("owner")).await;
    let config = json!({ "api_path": "/orders/:id" });
    let owner = world.bind("orders::get", config.clone()).await.unwrap();
    world.function("thief::get", says("thief")).await;
    for config in [config, json!({ "api_path": "orders/{other}" })] {
        let refused = world.bind("thief::get", config).await.err().unwrap();
        assert!(
            refused.to_string().contains("function `orders::get`"),
            "{refused}"
        );
    }
    assert_eq!(get(world.address, "/orders/1").await.text(), "\"owner\"");
    owner.unregister().await.unwrap();
    let config = json!({ "api_path": "/orders/:id" });
    world.bind("thief::get", config).await.unwrap();
    assert_eq!(get(world.address, "/orders/1").await.text(), "\"thief\"");
    world.stop().await;
}

async fn methods_are_answered_for_the_path(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    world.route("GET /a", says("got")).await;
    world.route("DELETE /a", says("deleted")).await;
    let mut connection = Connection::open(world.address).await;
    connection.request("HEAD /a", &[], "").await;
    let head = connection.head().await;
    assert_eq!(
        (head.status, head.header("content-length")),
        (200, Some("5"))
    );
    // The same connection goes on: no body followed.
    connection.request("OPTIONS /a", &[], "").await;
    let options = connection.reply().await;
    assert_eq!(options.status, 204);
    assert_eq!(options.header("allow"), Some("GET, HEAD, DELETE, OPTIONS"));
    connection.request("POST /a", &[], "ignored").await;
    let wrong = connection.reply().await;
    assert_eq!(
        (wrong.status, wrong.error_code().as_str()),
        (405, "METHOD_NOT_ALLOWED")
    );
    assert_eq!(wrong.header("allow"), Some("GET, HEAD, DELETE, OPTIONS"));
    connection.request("GET /b", &[], "").await;
    let missing = connection.reply().await;
    assert_eq!(missing.status, 404);
    let body = json!({ "error": { "code": "NOT_FOUND", "message": "Not Found" } });
    assert_eq!(missing.json(), body);
    connection.request("DELETE /a", &[], "").await;
    assert_eq!(connection.reply().await.text(), "\"deleted\"");
    world.stop().await;
}

async fn a_route_goes_with_its_worker(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    world.route("GET /stays", says("here")).await;
    let other = world.worker("other");
    register(&other, "other::f", says("other")).await;
    bind(&other, "other::f", json!({ "api_path": "/goes" }))
        .await
        .unwrap();
    assert_eq!(get(world.address, "/goes").await.status, 200);
    other.shutdown().await;
    // The engine tells the provider when it has seen the worker go; until then the function may
    // be missing already (503).
    while get(world.address, "/goes").await.status != 404 {}
    assert_eq!(get(world.address, "/stays").await.status, 200);
    world.stop().await;
}

async fn traces_are_continued_and_metadata_goes_along(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    let id = "0af7651916cd43dd8448eb211c80319c";
    world
        .route("GET /t", |_, context: Context| async move {
            let trace = context.trace();
            let baggage = trace.baggage.as_deref().map(str::to_owned);
            Ok(Some(json!({ "body": [trace_id(trace), baggage] })))
        })
        .await;
    let parent = format!("traceparent: 00-{id}-b7ad6b7169203331-03");
    let reply = ask(world.address, "GET /t", &[&parent, "baggage: user=7"], "").await;
    assert_eq!(reply.json(), json!([id, "user=7"]));
    assert_eq!(
        reply.header("traceresponse"),
        parent.strip_prefix("traceparent: ")
    );
    world.stop().await;
}

/// What a request without a trace begins is one trace, which its answer names.
async fn a_request_is_one_trace(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    let (tell, mut told) = mpsc::channel(4);
    let note = move |context: &Context| {
        let id = trace_id(context.trace()).unwrap().to_owned();
        tell.try_send(id).unwrap();
    };
    let (before, condition, handler) = (note.clone(), note.clone(), note);
    world
        .function("app::before", move |_, context| {
            before(&context);
            ready(Ok(Some(json!({ "action": "continue" }))))
        })
        .await;
    world
        .function("app::condition", move |_, context| {
            condition(&context);
            ready(Ok(None))
        })
        .await;
    let config = json!({
        "middleware_function_ids": ["app::before"], "condition_function_id": "app::condition",
    });
    world
        .route_with("GET /t", config, move |_, context| {
            handler(&context);
            ready(Ok(Some(json!({ "body": 1 }))))
        })
        .await;
    let reply = get(world.address, "/t").await;
    let parent = reply.header("traceresponse").unwrap();
    let id = parent.split('-').nth(1).unwrap();
    for _ in 0..3 {
        assert_eq!(told.recv().await.unwrap(), id);
    }
    // Nobody was called for this one.
    assert_eq!(
        get(world.address, "/none").await.header("traceresponse"),
        None
    );
    world.stop().await;
}

async fn conditions_decide(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    world
        .function("app::allow", |input, _| async move {
            match input["headers"]["x-answer"].as_str() {
                Some("error") => Err(HandlerError::new("broken", "the condition is broken")),
                Some(text) => Ok(Some(serde_json::from_str(text).unwrap())),
                None => Ok(None),
            }
        })
        .await;
    let condition = json!({ "condition_function_id": "app::allow" });
    world.route_with("GET /c", condition, says("ran")).await;
    for (answer, status) in [("true", 200), ("null", 200), ("0", 200), ("false", 422)] {
        let reply = ask(
            world.address,
            "GET /c",
            &[&format!("x-answer: {answer}")],
            "",
        )
        .await;
        assert_eq!(reply.status, status, "{answer}");
    }
    assert_eq!(get(world.address, "/c").await.status, 200);
    let blocked = ask(world.address, "GET /c", &["x-answer: false"], "").await;
    assert_eq!(blocked.error_code(), "CONDITION_NOT_MET");
    assert_eq!(blocked.json()["skipped"], true);
    let failed = ask(world.address, "GET /c", &["x-answer: error"], "").await;
    assert_eq!(
        (failed.status, failed.error_code().as_str()),
        (500, "broken")
    );
    world.stop().await;
}

async fn functions_know_who_asks(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    world.route("GET /who", echo).await;
    let spoof = "x-forwarded-for: 7.7.7.7";
    let cookies = "cookie: a=1; b=\"2\"; a=3";
    let reply = ask(world.address, "GET /who", &[spoof, cookies], "").await;
    let got = reply.json();
    assert_eq!(got["client"]["address"], "127.0.0.1");
    assert_eq!(got["cookies"], json!({ "a": "1", "b": "2" }));
    assert_eq!(
        (&got["url"]["scheme"], &got["url"]["host"]),
        (&json!("http"), &json!("test"))
    );
    // Every request has an id, which the answer repeats; a client may bring its own.
    let given = reply.header("x-request-id").unwrap();
    assert_eq!(got["request_id"], given);
    let id = "x-request-id: from-the-client";
    let reply = ask(world.address, "GET /who", &[id], "").await;
    assert_eq!(reply.header("x-request-id"), Some("from-the-client"));
    assert_eq!(reply.json()["request_id"], "from-the-client");
    assert!(
        get(world.address, "/missing")
            .await
            .header("x-request-id")
            .is_some()
    );
    world.stop().await;

    let changes = json!({ "trusted_proxies": ["127.0.0.0/8"], "request_id_header": null });
    let world = World::start(mode, changes).await;
    world.route("GET /who", echo).await;
    let proto = "x-forwarded-proto: https";
    let reply = ask(world.address, "GET /who", &[spoof, proto, id], "").await;
    let got = reply.json();
    assert_eq!(got["client"]["address"], "7.7.7.7");
    assert_eq!(got["url"]["scheme"], "https");
    assert_eq!(
        (&got["request_id"], reply.header("x-request-id")),
        (&Value::Null, None)
    );
    world.stop().await;
}
