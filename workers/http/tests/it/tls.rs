//! HTTPS: both protocols, several certificates, new certificates, and those who come without.

use crate::client::{Connection, get};
use crate::http2_client::Http2;
use crate::world::{Mode, World};
use iii_kit::tls::{Connector, HandshakeError};
use iii_testkit::{Authority, eventually};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::os::unix::fs::symlink;
use std::path::Path;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

fn certificate(authority: &Authority, names: &[&str]) -> Value {
    let files = authority.issue(names);
    json!({ "cert": files.cert, "key": files.key })
}

async fn secure(changes: Value) -> World {
    let world = World::start(Mode::Memory, changes).await;
    world
        .route("GET /who", |input, _| async move {
            Ok(Some(
                json!({ "body": [input["scheme"], input["headers"]["host"]] }),
            ))
        })
        .await;
    world
}

/// One request over HTTP/1.1 and TLS.
async fn ask_tls(address: SocketAddr, ca: &Path, name: &str) -> Result<String, HandshakeError> {
    let connector = Connector::new(Some(ca)).unwrap();
    let socket = TcpStream::connect(address).await.unwrap();
    let mut stream = connector.connect(socket, name).await?;
    let request = format!("GET /who HTTP/1.1\r\nhost: {name}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.unwrap();
    Ok(reply)
}

#[tokio::test]
async fn both_protocols_are_spoken_over_tls() {
    let authority = Authority::new();
    let tls = certificate(&authority, &["a.example", "127.0.0.1"]);
    let listeners = json!([{ "bind": "127.0.0.1:0", "tls": tls }]);
    let world = secure(json!({ "listeners": listeners })).await;
    assert!(world.endpoints[0].tls);
    assert!(
        world.endpoints[0]
            .to_string()
            .starts_with("https://127.0.0.1:")
    );
    let ca = authority.ca_file();
    let reply = ask_tls(world.address, &ca, "127.0.0.1").await.unwrap();
    assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
    assert!(reply.contains("127.0.0.1"), "{reply}");
    let client = Http2::open_tls(world.address, &ca, "a.example").await;
    let answer = client.get("https://a.example/who").await;
    assert_eq!(answer.json()[1], "a.example");
    world.stop().await;
}

#[tokio::test]
async fn the_name_a_client_asks_for_chooses_the_certificate() {
    let authority = Authority::new();
    let tls = [
        certificate(&authority, &["a.example"]),
        certificate(&authority, &["b.example", "*.c.example"]),
    ];
    let listeners = json!([{ "bind": "127.0.0.1:0", "tls": tls }]);
    let world = secure(json!({ "listeners": listeners })).await;
    let ca = authority.ca_file();
    for name in ["a.example", "b.example", "x.c.example"] {
        let reply = ask_tls(world.address, &ca, name).await.unwrap();
        assert!(reply.contains(name), "{reply}");
    }
    let other = ask_tls(world.address, &ca, "d.example").await;
    assert!(matches!(other, Err(HandshakeError::Untrusted(_))));
    world.stop().await;
}

#[tokio::test]
async fn the_folder_of_an_acme_client_is_followed() {
    let authority = Authority::new();
    let live = authority.folder().join("live");
    std::fs::create_dir(&live).unwrap();
    let link = |names: &[&str]| {
        let files = authority.issue(names);
        for (name, file) in [("fullchain.pem", &files.cert), ("privkey.pem", &files.key)] {
            let _ = std::fs::remove_file(live.join(name));
            symlink(file, live.join(name)).unwrap();
        }
    };
    link(&["old.example"]);
    let listeners = json!([{ "bind": "127.0.0.1:0", "tls": { "folder": live } }]);
    let world = secure(json!({ "listeners": listeners })).await;
    let (address, ca) = (world.address, authority.ca_file());
    assert!(ask_tls(address, &ca, "old.example").await.is_ok());
    let before = Http2::open_tls(address, &ca, "old.example").await;
    link(&["new.example"]);
    eventually("the new certificate is in force", || async {
        ask_tls(address, &ca, "new.example").await.ok()
    })
    .await;
    assert!(ask_tls(address, &ca, "old.example").await.is_err());
    // Connections that were open stay.
    let answer = before.get("https://old.example/who").await;
    assert_eq!(answer.status, 200);
    world.stop().await;
}

#[tokio::test]
async fn those_who_mistake_the_port_are_told() {
    let authority = Authority::new();
    let tls = certificate(&authority, &["a.example"]);
    let listeners = json!([{ "bind": "127.0.0.1:0", "tls": tls }, { "bind": "127.0.0.1:0" }]);
    let changes = json!({ "listeners": listeners, "header_timeout_ms": 200 });
    let world = secure(changes).await;
    let plain = get(world.address, "/who").await;
    assert_eq!(plain.status, 400);
    assert!(plain.text().contains("https://"), "{}", plain.text());
    let refused = ask_tls(
        world.endpoints[1].address,
        &authority.ca_file(),
        "a.example",
    )
    .await;
    assert!(
        matches!(refused, Err(HandshakeError::Failed(_))),
        "{refused:?}"
    );
    // Who says nothing, or only begins a handshake, is let go.
    let mut silent = Connection::open(world.address).await;
    let mut half = Connection::open(world.address).await;
    half.send([0x16, 3, 1]).await;
    silent.rest().await;
    half.rest().await;
    world.stop().await;
}
