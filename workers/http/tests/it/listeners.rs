//! Several listeners, their rules, and changing them while requests run.

use crate::client::{Connection, ask, get, refused};
use crate::http2_client::{Answer, Http2};
use crate::world::{Mode, World, config};
use http::Request;
use iii_testkit::Authority;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::Notify;

async fn serving(listeners: Value) -> World {
    let world = World::start(Mode::Memory, json!({ "listeners": listeners })).await;
    world
        .route("GET /a", |_, _| async { Ok(Some(json!({ "body": "a" }))) })
        .await;
    world
}

fn certificate(authority: &Authority) -> Value {
    let files = authority.issue(&["a.example"]);
    json!({ "cert": files.cert, "key": files.key })
}

#[tokio::test]
async fn all_of_them_serve_the_same_routes() {
    let plain = json!({ "bind": "127.0.0.1:0" });
    let world = serving(json!([plain, { "bind": "[::1]:0" }, plain])).await;
    assert_eq!(world.endpoints.len(), 3);
    for endpoint in &world.endpoints {
        assert_eq!(get(endpoint.address, "/a").await.text(), "\"a\"");
    }
    world.stop().await;
}

#[tokio::test]
async fn hosts_that_are_not_served_are_misdirected() {
    let rule = json!({ "bind": "127.0.0.1:0", "hosts": ["a.example", "*.b.example"] });
    let world = serving(json!([rule])).await;
    let asked = async |host: &str| {
        let mut connection = Connection::open(world.address).await;
        let head = format!("GET /a HTTP/1.1\r\nhost: {host}\r\n\r\n");
        connection.send(head).await;
        connection.reply().await
    };
    assert_eq!(asked("A.example:80").await.status, 200);
    assert_eq!(asked("x.b.example").await.status, 200);
    let other = asked("b.example").await;
    let told = (other.status, other.error_code());
    assert_eq!(told, (421, "MISDIRECTED_REQUEST".to_owned()));
    let client = Http2::open(world.address).await;
    assert_eq!(client.get("http://a.example/a").await.status, 200);
    assert_eq!(client.get("http://c.example/a").await.status, 421);
    world.stop().await;
}

#[tokio::test]
async fn a_listener_may_lead_to_https() {
    let authority = Authority::new();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("token"), "proof").unwrap();
    let world = World::start(
        Mode::Memory,
        json!({
            "listeners": [
                { "bind": "127.0.0.1:0", "redirect_https": true },
                { "bind": "127.0.0.1:0", "tls": certificate(&authority) },
            ],
            "static": { "/.well-known/acme-challenge": folder.path() },
        }),
    )
    .await;
    let port = world.endpoints[1].address.port();
    let reply = ask(world.address, "GET /a/b?c=d", &[], "").await;
    assert_eq!(reply.status, 308);
    let location = format!("https://test:{port}/a/b?c=d");
    assert_eq!(reply.header("location"), Some(location.as_str()));
    let proof = get(world.address, "/.well-known/acme-challenge/token").await;
    assert_eq!((proof.status, proof.text()), (200, "proof"));
    let mut nameless = Connection::open(world.address).await;
    nameless.send("GET /a HTTP/1.0\r\n\r\n").await;
    assert_eq!(nameless.reply().await.status, 400);
    world.stop().await;
}

#[tokio::test]
async fn new_settings_leave_connections_and_routes_alone() {
    let world = serving(json!([{ "bind": "127.0.0.1:0" }])).await;
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let notify = (Arc::clone(&begun), Arc::clone(&go_on));
    world
        .route("GET /slow", move |_, _| {
            let (begun, go_on) = notify.clone();
            async move {
                begun.notify_one();
                go_on.notified().await;
                Ok(Some(json!({ "body": "done" })))
            }
        })
        .await;
    let mut kept = Connection::open(world.address).await;
    kept.request("GET /a", &[], "").await;
    assert_eq!(kept.reply().await.status, 200);
    let mut busy = Connection::open(world.address).await;
    busy.request("GET /slow", &[], "").await;
    begun.notified().await;
    let plain = json!({ "bind": "127.0.0.1:0" });
    let changes = json!({
        "listeners": [plain, plain], "cors": { "allowed_origins": ["*"] },
    });
    let endpoints = world.control.reconfigure(config(changes)).unwrap();
    assert_eq!(endpoints[0].address, world.address);
    for endpoint in &endpoints {
        assert_eq!(get(endpoint.address, "/a").await.status, 200);
    }
    // The open connection goes by the new settings.
    kept.request("GET /a", &["origin: https://x.example"], "")
        .await;
    let reply = kept.reply().await;
    assert!(reply.header("access-control-allow-origin").is_some());
    go_on.notify_one();
    assert_eq!(busy.reply().await.text(), "\"done\"");
    world.stop().await;
}

#[tokio::test]
async fn a_listener_that_goes_is_drained() {
    let plain = json!({ "bind": "127.0.0.1:0" });
    let other = json!({ "bind": "[::1]:0" });
    let world = serving(json!([plain, other])).await;
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let notify = (Arc::clone(&begun), Arc::clone(&go_on));
    world
        .route("GET /slow", move |_, _| {
            let (begun, go_on) = notify.clone();
            async move {
                begun.notify_one();
                go_on.notified().await;
                Ok(Some(json!({ "body": "done" })))
            }
        })
        .await;
    let leaving = world.endpoints[1].address;
    let mut idle = Connection::open(leaving).await;
    idle.request("GET /a", &[], "").await;
    assert_eq!(idle.reply().await.status, 200);
    let mut busy = Connection::open(leaving).await;
    busy.request("GET /slow", &[], "").await;
    begun.notified().await;
    let busy2 = Http2::open(leaving).await;
    let request = Request::get("http://a/slow").body(()).unwrap();
    let (answer, _) = busy2.begin(request, false).await;
    begun.notified().await;
    let endpoints = world
        .control
        .reconfigure(config(json!({ "listeners": [plain] })));
    assert_eq!(endpoints.unwrap().len(), 1);
    assert!(idle.is_closed().await);
    refused(leaving).await;
    go_on.notify_one();
    go_on.notify_waiters();
    let (reply, answer) = tokio::join!(
        async {
            let reply = busy.reply().await;
            go_on.notify_one();
            reply
        },
        Answer::whole(answer),
    );
    assert_eq!(reply.header("connection"), Some("close"));
    assert_eq!((reply.text(), answer.status), ("\"done\"", 200));
    assert!(busy.is_closed().await);
    assert!(busy2.ends().await);
    assert_eq!(get(world.address, "/a").await.status, 200);
    world.stop().await;
}

#[tokio::test]
async fn what_cannot_be_done_changes_nothing() {
    let world = serving(json!([{ "bind": "127.0.0.1:0" }])).await;
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let taken = taken.local_addr().unwrap();
    let plain = json!({ "bind": "127.0.0.1:0" });
    for (listeners, part) in [
        (json!([plain, { "bind": taken }]), "cannot listen on"),
        (
            json!([{ "bind": "127.0.0.1:0", "tls": { "cert": "none", "key": "none" } }]),
            "cannot read `none`",
        ),
        (
            json!([{ "bind": "127.0.0.1:0", "redirect_https": true }]),
            "needs a listener with `tls`",
        ),
        (json!([{ "bind": taken }, { "bind": taken }]), "twice"),
    ] {
        let refused = world
            .control
            .reconfigure(config(json!({ "listeners": listeners })));
        let reason = refused.unwrap_err().to_string();
        assert!(reason.contains(part), "{reason}");
    }
    assert_eq!(get(world.address, "/a").await.status, 200);
    let both = config(json!({ "listeners": [plain], "port": 1 }));
    let reason = world.control.reconfigure(both).unwrap_err().to_string();
    assert!(reason.contains("one listener"), "{reason}");
    world.stop().await;
}
