//! HTTP triggers: buffered and streaming, in and out.

use crate::calls::{failing, function};
use crate::checks::{Check, World, eventually, expect};
use anyhow::{Context, Result};
use futures_util::future::FutureExt;
use iii_sdk_published::builtin_triggers::{HttpMethod, HttpTriggerConfig, IIITrigger};
use iii_sdk_published::channel::{ChannelReader, ChannelWriter, StreamChannelRef};
use iii_sdk_published::trigger::Trigger;
use iii_sdk_published::{Error, RegisterFunction};
use reqwest::{Method, Response};
use serde_json::{Value, json};

pub const CHECKS: &[Check] = &[
    ("http_buffered", |world| buffered(world).boxed()),
    ("http_condition", |world| condition(world).boxed()),
    ("http_streamed_answer", |world| {
        streamed_answer(world).boxed()
    }),
    ("http_request_body", |world| request_body(world).boxed()),
    ("http_handler_error", |world| handler_error(world).boxed()),
    ("http_no_route", |world| no_route(world).boxed()),
    ("http_unregister", |world| unregister(world).boxed()),
];

pub async fn fetch(world: &World, method: Method, path: &str) -> Result<Response> {
    let url = format!("{}{path}", world.http_url);
    Ok(reqwest::Client::new().request(method, url).send().await?)
}

async fn status(world: &World, method: Method, path: &str) -> Result<u16> {
    Ok(fetch(world, method, path).await?.status().as_u16())
}

/// Registers a handler at a path and waits until the path is served.
async fn bind(
    world: &World,
    config: HttpTriggerConfig,
    path: &str,
    handler: RegisterFunction,
) -> Result<Trigger> {
    let function_id = format!("rs-http::{path}");
    world.serve(&function_id, handler).await?;
    let input = IIITrigger::Http(config).for_function(&function_id);
    let trigger = world.provider.register_trigger(input)?;
    let served = || async { Ok(status(world, Method::OPTIONS, path).await? != 404) };
    eventually(path, served).await?;
    Ok(trigger)
}

fn get(path: &str) -> HttpTriggerConfig {
    HttpTriggerConfig::new(path).method(HttpMethod::Get)
}

async fn buffered(world: &World) -> Result<()> {
    let handler = function(|request| {
        json!({
            "status_code": 201,
            "headers": {"x-order": request["path_params"]["id"]},
            "body": {
                "path_params": request["path_params"],
                "query": request["query_params"],
                "body": request["body"],
                "header": request["headers"]["x-tenant"],
            },
        })
    });
    let config = HttpTriggerConfig::new("/rs/orders/:id").method(HttpMethod::Post);
    bind(world, config, "/rs/orders/:id", handler).await?;
    let url = format!("{}/rs/orders/a7?q=1&name=J%C3%BCrgen", world.http_url);
    let request = reqwest::Client::new().post(url).header("X-Tenant", "acme");
    let answer = request.json(&json!({"n": 1.5})).send().await?;
    expect(answer.status().as_u16(), 201)?;
    expect(&answer.headers()["x-order"], "a7")?;
    let wanted = json!({
        "path_params": {"id": "a7"},
        "query": {"q": "1", "name": "Jürgen"},
        "body": {"n": 1.5},
        "header": "acme",
    });
    expect(answer.json::<Value>().await?, wanted)
}

async fn condition(world: &World) -> Result<()> {
    let allows = function(|request| json!(request["query_params"]["ok"] == "1"));
    world.serve("rs::allows", allows).await?;
    let config = get("/rs/guarded").condition("rs::allows");
    let inside = function(|_| json!({"body": "in"}));
    bind(world, config, "/rs/guarded", inside).await?;
    expect(status(world, Method::GET, "/rs/guarded?ok=1").await?, 200)?;
    let refused = fetch(world, Method::GET, "/rs/guarded?ok=0").await?;
    expect(refused.status().as_u16(), 422)?;
    let body = refused.json::<Value>().await?;
    expect(&body["error"]["code"], "CONDITION_NOT_MET")
}

fn reference(value: &Value) -> Result<StreamChannelRef, Error> {
    Ok(serde_json::from_value(value.clone())?)
}

async fn write_answer(url: String, request: Value) -> Result<Value, Error> {
    let writer = ChannelWriter::new(&url, &reference(&request["response"])?);
    let status = json!({"type": "set_status", "status_code": 206});
    writer.send_message(&status.to_string()).await?;
    let headers = json!({"type": "set_headers", "headers": {"x-parts": "100"}});
    writer.send_message(&headers.to_string()).await?;
    for n in 0..100u8 {
        writer.write(&[n; 10_000]).await?;
    }
    writer.close().await?;
    Ok(Value::Null)
}

async fn streamed_answer(world: &World) -> Result<()> {
    let url = world.url.clone();
    let handler =
        RegisterFunction::new_async(move |request: Value| write_answer(url.clone(), request));
    bind(world, get("/rs/stream"), "/rs/stream", handler).await?;
    let answer = fetch(world, Method::GET, "/rs/stream").await?;
    expect(answer.status().as_u16(), 206)?;
    expect(&answer.headers()["x-parts"], "100")?;
    let body = answer.bytes().await?;
    let wanted: Vec<u8> = (0..100u8).flat_map(|n| [n; 10_000]).collect();
    expect(body == wanted, true)
}

fn sum(bytes: &[u8]) -> u64 {
    bytes.iter().map(|byte| u64::from(*byte)).sum()
}

async fn read_body(url: String, request: Value) -> Result<Value, Error> {
    let reader = ChannelReader::new(&url, &reference(&request["request_body"])?);
    let body = reader.read_all().await?;
    Ok(json!({"body": {"bytes": body.len(), "sum": sum(&body)}}))
}

async fn request_body(world: &World) -> Result<()> {
    let url = world.url.clone();
    let handler =
        RegisterFunction::new_async(move |request: Value| read_body(url.clone(), request));
    let config = HttpTriggerConfig::new("/rs/upload").method(HttpMethod::Put);
    bind(world, config, "/rs/upload", handler).await?;
    let body: Vec<u8> = (0..2 * 1024 * 1024u32).map(|n| (n % 256) as u8).collect();
    let wanted = json!({"bytes": body.len(), "sum": sum(&body)});
    let request = reqwest::Client::new().put(format!("{}/rs/upload", world.http_url));
    let request = request.header("content-type", "application/octet-stream");
    let answer = request.body(body).send().await?;
    expect(answer.json::<Value>().await?, wanted)
}

async fn handler_error(world: &World) -> Result<()> {
    let broken = failing(|| Error::Handler("broken on purpose".to_owned()));
    bind(world, get("/rs/broken"), "/rs/broken", broken).await?;
    let answer = fetch(world, Method::GET, "/rs/broken").await?;
    expect(answer.status().as_u16(), 500)?;
    let body = answer.json::<Value>().await?;
    expect(&body["error"]["code"], "invocation_failed")
}

async fn no_route(world: &World) -> Result<()> {
    let answer = fetch(world, Method::GET, "/rs/nowhere").await?;
    expect(answer.status().as_u16(), 404)?;
    let body = answer.json::<Value>().await?;
    expect(&body["error"]["code"], "NOT_FOUND")?;
    let answer = fetch(world, Method::DELETE, "/rs/broken").await?;
    expect(answer.status().as_u16(), 405)?;
    let allow = answer.headers().get("allow").context("no `allow` header")?;
    expect(allow.to_str()?.contains("GET"), true)
}

async fn unregister(world: &World) -> Result<()> {
    let handler = function(|_| json!({"body": 1}));
    let trigger = bind(world, get("/rs/leaving"), "/rs/leaving", handler).await?;
    expect(status(world, Method::GET, "/rs/leaving").await?, 200)?;
    trigger.unregister();
    let left = || async { Ok(status(world, Method::GET, "/rs/leaving").await? == 404) };
    eventually("the route leaves", left).await
}
