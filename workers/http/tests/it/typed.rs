//! Functions that use the types of the SDK.

use crate::client::{Connection, JSON, ask, get};
use crate::world::{Mode, World, in_both_modes};
use iii_kit::http::{Event, Request, Response};
use iii_kit::schemars::{self, JsonSchema};
use iii_kit::{Bytes, Context, HandlerError, RegisterFunction};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::mpsc;

in_both_modes![
    requests_and_responses_have_types,
    bytes_and_streams_are_answers,
    events_arrive_one_by_one,
    events_end_when_their_reader_leaves,
];

#[derive(Deserialize, JsonSchema)]
struct Order {
    total: u32,
}

impl World {
    async fn typed(&self, route: &str, function: RegisterFunction) {
        let (method, path) = route.split_once(' ').unwrap();
        let id = format!("typed::{path}");
        self.app.register_function(&id, function).await.unwrap();
        let config = json!({ "api_path": path, "http_method": method });
        self.bind(&id, config).await.unwrap();
    }
}

async fn requests_and_responses_have_types(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    let place = RegisterFunction::new(|request: Request<Order>, _: Context| async move {
        let seen = json!([
            request.method,
            request.path,
            request.url.path,
            request.param("id"),
            request.query("q"),
            request.query_params_all.get("q"),
            request.header("Content-Type"),
            request.cookie("session"),
            request.client.address,
            request.request_id,
            request.body.map(|order| order.total),
        ]);
        let answer = Response::json(seen).status(201).cookie("a=1; Path=/");
        Ok::<_, HandlerError>(answer.header("location", "/orders/8"))
    });
    world.typed("POST /orders/:id", place).await;
    let headers = [JSON, "cookie: session=s1", "x-request-id: r1"];
    let line = "POST /orders/a%20b?q=1&q=2";
    let reply = ask(world.address, line, &headers, "{\"total\":7}").await;
    assert_eq!(reply.status, 201);
    let expected = json!([
        "POST",
        "/orders/:id",
        "/orders/a%20b",
        "a b",
        "2",
        ["1", "2"],
        "application/json",
        "s1",
        "127.0.0.1",
        "r1",
        7,
    ]);
    assert_eq!(reply.json(), expected);
    assert_eq!(reply.header("location"), Some("/orders/8"));
    assert_eq!(reply.header("set-cookie"), Some("a=1; Path=/"));
    // A body of another shape is no order.
    let wrong = ask(world.address, line, &headers, "{\"total\":\"x\"}").await;
    assert_eq!(wrong.status, 500);
    world.stop().await;
}

async fn bytes_and_streams_are_answers(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    let image = RegisterFunction::new(|_: Value, _: Context| async {
        Ok::<_, HandlerError>(Response::bytes("image/png", [0, 159, 146, 150]))
    });
    world.typed("GET /image", image).await;
    let reply = get(world.address, "/image").await;
    assert_eq!(reply.body, [0, 159, 146, 150]);
    assert_eq!(reply.header("content-type"), Some("image/png"));
    let upper = RegisterFunction::new(|request: Request, context: Context| async move {
        let mut reader = request.body_reader(&context)?;
        let mut stream = request.stream(&context)?;
        stream.head(202, [("content-type", "text/plain")]).await?;
        while let Some(frame) = reader.next().await {
            if let iii_kit::ChannelFrame::Binary(bytes) = frame? {
                stream
                    .write(Bytes::from(bytes.to_ascii_uppercase()))
                    .await?;
            }
        }
        stream.finish().await?;
        Ok::<_, HandlerError>(())
    });
    world.typed("POST /upper", upper).await;
    let kind = "content-type: application/octet-stream";
    let reply = ask(world.address, "POST /upper", &[kind], "loud").await;
    assert_eq!((reply.status, reply.text()), (202, "LOUD"));
    assert!(reply.complete);
    world.stop().await;
}

async fn events_arrive_one_by_one(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    let (next, told) = mpsc::channel::<u32>(1);
    let told = std::sync::Arc::new(tokio::sync::Mutex::new(told));
    let ticks = RegisterFunction::new(move |request: Request, context: Context| {
        let told = std::sync::Arc::clone(&told);
        async move {
            let since = request.last_event_id().unwrap_or("none").to_owned();
            let mut events = request.events(&context).await?;
            events.send(Event::data(since).name("since")).await?;
            let mut told = told.lock().await;
            while let Some(number) = told.recv().await {
                let event = Event::json(&json!({ "n": number }))?;
                events.send(event.id(number.to_string())).await?;
            }
            let bye = Event::data("bye").retry(Duration::from_secs(3));
            events.send(bye).await?;
            events.finish().await?;
            Ok::<_, HandlerError>(())
        }
    });
    world.typed("GET /ticks", ticks).await;
    let mut client = Connection::open(world.address).await;
    client
        .request("GET /ticks", &["last-event-id: 6"], "")
        .await;
    let head = client.head().await;
    assert_eq!(head.status, 200);
    assert_eq!(head.header("content-type"), Some("text/event-stream"));
    assert_eq!(head.header("cache-control"), Some("no-cache"));
    let mut complete = true;
    let mut chunk = async || client.chunk(&mut complete).await.unwrap();
    assert_eq!(chunk().await, b":\n\n");
    assert_eq!(chunk().await, b"event: since\ndata: 6\n\n");
    // Each arrives before the next one is made.
    for number in 7..9 {
        next.send(number).await.unwrap();
        let expected = format!("id: {number}\ndata: {{\"n\":{number}}}\n\n");
        assert_eq!(chunk().await, expected.as_bytes());
    }
    drop(next);
    assert_eq!(chunk().await, b"retry: 3000\ndata: bye\n\n");
    assert_eq!(client.chunk(&mut complete).await, None);
    assert!(complete);
    world.stop().await;
}

async fn events_end_when_their_reader_leaves(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    let (tell, mut told) = mpsc::channel(1);
    let endless = RegisterFunction::new(move |request: Request, context: Context| {
        let tell = tell.clone();
        async move {
            let events = request.events(&context).await?;
            let all = futures_util::stream::repeat_with(|| Event::data("x".repeat(10_000)));
            let ended = events.forward(all).await;
            tell.send(ended.is_err()).await.unwrap();
            Ok::<_, HandlerError>(())
        }
    });
    world.typed("GET /endless", endless).await;
    let mut client = Connection::open(world.address).await;
    client.request("GET /endless", &[], "").await;
    assert_eq!(client.head().await.status, 200);
    drop(client);
    assert_eq!(told.recv().await, Some(true));
    world.stop().await;
}
