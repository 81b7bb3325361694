//! The server around the requests: limits, connections, cross-origin rules, and its end.

use crate::client::{Connection, ask, get};
use crate::world::{Mode, World, in_both_modes};
use serde_json::json;
use std::sync::Arc;
use tokio::sync::{Notify, mpsc};

in_both_modes![
    requests_in_progress_finish_when_the_worker_stops,
    calls_beyond_the_limit_are_refused,
    pipelined_requests_are_answered_in_order,
];

async fn requests_in_progress_finish_when_the_worker_stops(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    let (tell, mut told) = mpsc::channel(1);
    let go_on = Arc::new(Notify::new());
    let notified = Arc::clone(&go_on);
    world
        .route("GET /slow", move |_, _| {
            let (tell, go_on) = (tell.clone(), Arc::clone(&notified));
            async move {
                tell.send(()).await.unwrap();
                go_on.notified().await;
                Ok(Some(json!({ "body": "done" })))
            }
        })
        .await;
    let address = world.address;
    let mut idle = Connection::open(address).await;
    idle.request("GET /nothing", &[], "").await;
    assert_eq!(idle.reply().await.status, 404);
    let mut busy = Connection::open(address).await;
    busy.request("GET /slow", &[], "").await;
    told.recv().await.unwrap();
    let client = async {
        // The idle connection ends first, then the busy one is let go.
        assert!(idle.is_closed().await);
        go_on.notify_one();
        let reply = busy.reply().await;
        assert_eq!(reply.text(), "\"done\"");
        assert!(busy.is_closed().await);
    };
    tokio::join!(world.stop(), client);
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

async fn calls_beyond_the_limit_are_refused(mode: Mode) {
    let world = World::start(mode, json!({ "concurrency_request_limit": 1 })).await;
    let (tell, mut told) = mpsc::channel(1);
    let go_on = Arc::new(Notify::new());
    let notified = Arc::clone(&go_on);
    world
        .route("GET /slow", move |_, _| {
            let (tell, go_on) = (tell.clone(), Arc::clone(&notified));
            async move {
                tell.send(()).await.unwrap();
                go_on.notified().await;
                Ok(Some(json!({})))
            }
        })
        .await;
    let mut first = Connection::open(world.address).await;
    first.request("GET /slow", &[], "").await;
    told.recv().await.unwrap();
    let second = get(world.address, "/slow").await;
    assert_eq!(
        (second.status, second.error_code().as_str()),
        (503, "overloaded")
    );
    assert_eq!(second.header("retry-after"), Some("1"));
    go_on.notify_one();
    assert_eq!(first.reply().await.status, 200);
    // The place is free again.
    first.request("GET /slow", &[], "").await;
    told.recv().await.unwrap();
    go_on.notify_one();
    assert_eq!(first.reply().await.status, 200);
    world.stop().await;
}

async fn pipelined_requests_are_answered_in_order(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    world
        .route("GET /p/:n", |input, _| async move {
            Ok(Some(json!({ "body": input["path_params"]["n"] })))
        })
        .await;
    let mut connection = Connection::open(world.address).await;
    let requests: Vec<String> = (0..20)
        .map(|n| format!("GET /p/{n} HTTP/1.1\r\nhost: a\r\n\r\n"))
        .collect();
    let requests = requests.concat();
    connection.send(requests).await;
    for n in 0..20 {
        assert_eq!(connection.reply().await.text(), format!("\"{n}\""));
    }
    world.stop().await;
}

#[tokio::test]
async fn heads_are_limited_in_size_and_time() {
    let changes = json!({ "header_bytes_max": 8192, "header_timeout_ms": 100 });
    let world = World::start(Mode::Memory, changes).await;
    let mut slow = Connection::open(world.address).await;
    slow.send("GET / HTTP/1.1\r\nhost: ").await;
    let mut silent = Connection::open(world.address).await;
    let mut large = Connection::open(world.address).await;
    large
        .send(format!("GET / HTTP/1.1\r\nx: {}", "y".repeat(8192 - 19)))
        .await;
    assert_eq!(large.head().await.status, 431);
    assert!(silent.is_closed().await);
    assert!(slow.is_closed().await);
    world.stop().await;
}

#[tokio::test]
async fn connections_beyond_the_limit_are_told() {
    let world = World::start(Mode::Memory, json!({ "connections_max": 1 })).await;
    let mut first = Connection::open(world.address).await;
    first.request("GET /", &[], "").await;
    assert_eq!(first.reply().await.status, 404);
    let mut second = Connection::open(world.address).await;
    let reply = second.reply().await;
    assert_eq!(
        (reply.status, reply.error_code().as_str()),
        (503, "overloaded")
    );
    assert_eq!(reply.header("retry-after"), Some("1"));
    first.request("GET /", &[], "").await;
    assert_eq!(first.reply().await.status, 404);
    world.stop().await;
}

#[tokio::test]
async fn other_origins_get_nothing_unless_configured() {
    let world = World::start(Mode::Memory, json!({})).await;
    world
        .route("GET /a", |_, _| async { Ok(Some(json!({}))) })
        .await;
    let origin = "origin: https://app.example";
    let plain = ask(world.address, "GET /a", &[origin], "").await;
    assert_eq!(
        (plain.status, plain.header("access-control-allow-origin")),
        (200, None)
    );
    world.stop().await;

    let cors = json!({ "cors": { "allowed_origins": ["https://app.example"] } });
    let world = World::start(Mode::Memory, cors).await;
    world
        .route("GET /a", |_, _| async { Ok(Some(json!({}))) })
        .await;
    let allowed = ask(world.address, "GET /a", &[origin], "").await;
    assert_eq!(
        allowed.header("access-control-allow-origin"),
        Some("https://app.example")
    );
    assert_eq!(allowed.header("vary"), Some("origin"));
    let other = ask(
        world.address,
        "GET /a",
        &["origin: https://evil.example"],
        "",
    )
    .await;
    assert_eq!(other.header("access-control-allow-origin"), None);
    let wanted = [
        "access-control-request-method: GET",
        "access-control-request-headers: x-a",
    ];
    let preflight = ask(
        world.address,
        "OPTIONS /a",
        &[origin, wanted[0], wanted[1]],
        "",
    )
    .await;
    assert_eq!(preflight.status, 204);
    assert_eq!(
        preflight.header("access-control-allow-methods"),
        Some("GET, HEAD, OPTIONS")
    );
    assert_eq!(
        preflight.header("access-control-allow-headers"),
        Some("x-a")
    );
    world.stop().await;
}

#[tokio::test]
async fn a_taken_port_is_a_start_error_that_says_so() {
    let world = World::start(Mode::Memory, json!({})).await;
    let error = world
        .start_another(json!({ "port": world.address.port() }))
        .await;
    assert!(error.contains("cannot listen on"), "{error}");
    world.stop().await;
}
