//! The opening handshake, seen from both sides.

use crate::support::{REQUEST, sockets, text, upgrade};
use iii_protocol::Message;
use iii_transport::ws::{
    AcceptError, Answer, DialOptions, HEAD_BYTES_MAX, Limits, Upgrade, UpgradeError, WsDialer,
};
use iii_transport::{Dial, DialError, Direction, Inbound, flush, receive};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const LIMIT: Duration = Duration::from_secs(10);

/// Sends a request head of choice; gives what became of it and the whole answer.
async fn answer_to(head: &[u8]) -> (Result<Upgrade, UpgradeError>, String) {
    let (accepted, mut client) = sockets().await;
    let talk = async move {
        // A server that refuses early may not read to the end.
        let _ = client.write_all(head).await;
        let mut answer = Vec::new();
        let _ = client.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    };
    let read = async {
        match Upgrade::read(accepted, LIMIT).await {
            Ok(upgrade) => {
                upgrade.refuse(404, "nothing here").await;
                Err(UpgradeError::Gone)
            }
            Err(error) => Err(error),
        }
    };
    tokio::join!(read, talk)
}

#[tokio::test]
async fn garbage_is_answered_with_400() {
    for head in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"HELLO\r\n\r\n",
        b"GET / HTTP/1.1\r\nbad header\r\n\r\n",
    ] {
        let (read, answer) = answer_to(head).await;
        assert!(matches!(read, Err(UpgradeError::NotHttp)));
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    }
}

#[tokio::test]
async fn a_head_that_is_too_long_is_answered_with_431() {
    let value = "x".repeat(HEAD_BYTES_MAX);
    let unfinished = format!("GET / HTTP/1.1\r\nx: {value}");
    let finished = format!("{unfinished}{value}{value}{value}{value}\r\n\r\n");
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(65));
    for head in [unfinished, finished, many] {
        let (read, answer) = answer_to(head.as_bytes()).await;
        assert!(matches!(read, Err(UpgradeError::HeadTooLong)));
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_is_not_finished_in_time_is_dropped() {
    for head in ["", "GET / HTTP/1.1\r\nHost: h\r\n"] {
        let (accepted, mut client) = sockets().await;
        client.write_all(head.as_bytes()).await.unwrap();
        let read = Upgrade::read(accepted, LIMIT).await;
        assert!(matches!(read, Err(UpgradeError::Timeout)));
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).await.unwrap();
        assert_eq!(answer, b"", "it is closed without a word");
    }
}

#[tokio::test]
async fn a_client_that_leaves_is_gone() {
    let (accepted, client) = sockets().await;
    drop(client);
    let read = Upgrade::read(accepted, LIMIT).await;
    assert!(matches!(read, Err(UpgradeError::Gone)));
}

#[tokio::test]
async fn the_owner_sees_the_request_and_chooses_the_answer() {
    let (upgrade, mut raw) = upgrade().await;
    assert_eq!((upgrade.method(), upgrade.path()), ("GET", "/"));
    assert_eq!(upgrade.query(), Some("token=secret"));
    assert_eq!(upgrade.query_value("token").as_deref(), Some("secret"));
    assert_eq!(upgrade.query_value("key"), None);
    assert_eq!(upgrade.header("HOST"), Some("127.0.0.1"));
    assert_eq!(upgrade.header("origin"), None);
    assert_eq!(upgrade.subprotocols().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(upgrade.headers().count(), 6);
    assert!(upgrade.is_websocket());
    assert!(upgrade.peer_address().unwrap().ip().is_loopback());
    let answer = Answer {
        subprotocol: Some("b"),
        headers: &[("x-test", "1")],
    };
    let connection = upgrade.accept(answer, Arc::default()).await;
    let head = raw.head().await;
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    for line in [
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
        "Sec-WebSocket-Protocol: b",
        "x-iii-capabilities: tcp-nodelay",
        "x-test: 1",
    ] {
        assert!(
            head.contains(&format!("\r\n{line}\r\n")),
            "{line} in {head}"
        );
    }
    assert!(!head.to_ascii_lowercase().contains("extensions"), "{head}");
    drop(connection);
}

#[tokio::test]
async fn a_request_that_dribbles_in_and_is_followed_at_once_by_frames_works() {
    let (accepted, mut client) = sockets().await;
    client.set_nodelay(true).unwrap();
    let send = async {
        for byte in REQUEST.as_bytes() {
            client.write_all(&[*byte]).await.unwrap();
            tokio::task::yield_now().await;
        }
        client
            .write_all(&text("{\"type\":\"ping\"}"))
            .await
            .unwrap();
    };
    let (upgrade, ()) = tokio::join!(Upgrade::read(accepted, LIMIT), send);
    let accepted = upgrade.unwrap().accept(Answer::default(), Arc::default());
    let mut connection = accepted.await.unwrap();
    let mut inbound = Vec::new();
    receive(&mut connection, &mut inbound, 8).await.unwrap();
    assert!(matches!(inbound[..], [Inbound::Message(Message::Ping)]));

    let together = [REQUEST.as_bytes(), &text("{\"type\":\"ping\"}")].concat();
    let (accepted, mut client) = sockets().await;
    client.write_all(&together).await.unwrap();
    let upgrade = Upgrade::read(accepted, LIMIT).await.unwrap();
    let accepted = upgrade.accept(Answer::default(), Arc::default());
    let mut connection = accepted.await.unwrap();
    inbound.clear();
    receive(&mut connection, &mut inbound, 8).await.unwrap();
    assert!(matches!(inbound[..], [Inbound::Message(Message::Ping)]));
}

#[tokio::test]
async fn a_plain_request_can_only_be_refused() {
    let plain = "GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n";
    let (read, answer) = answer_to(plain.as_bytes()).await;
    assert!(read.is_err());
    assert!(answer.starts_with("HTTP/1.1 404 Not Found\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\nnothing here"), "{answer}");

    for (request, status) in [
        (plain.to_owned(), "426"),
        (REQUEST.replace("GET", "POST"), "400"),
        (REQUEST.replace("Version: 13", "Version: 8"), "426"),
    ] {
        let (accepted, mut client) = sockets().await;
        client.write_all(request.as_bytes()).await.unwrap();
        let upgrade = Upgrade::read(accepted, LIMIT).await.unwrap();
        assert!(!upgrade.is_websocket());
        let mut answer = String::new();
        let read = async {
            client.read_to_string(&mut answer).await.unwrap();
            drop(client);
        };
        let (accepted, ()) = tokio::join!(upgrade.accept(Answer::default(), Arc::default()), read);
        assert!(matches!(accepted, Err(AcceptError::NotWebSocket(_))));
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
        assert!(
            answer.contains("\r\nSec-WebSocket-Version: 13\r\n"),
            "{answer}"
        );
    }
}

async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("ws://{}", listener.local_addr().unwrap());
    (listener, address)
}

#[tokio::test]
async fn a_dialer_keeps_path_and_query_and_brings_its_token() {
    let (listener, address) = listener().await;
    let options = DialOptions {
        token: Some(" secret\n".to_owned()),
        headers: vec![("x-tenant".to_owned(), "a".to_owned())],
        ..DialOptions::default()
    };
    let dialer = WsDialer::new(&format!("{address}/base?x=1"), options).unwrap();
    let serve = async {
        let mut targets = Vec::new();
        for _ in 0..2 {
            let (socket, _) = listener.accept().await.unwrap();
            let upgrade = Upgrade::read(socket, LIMIT).await.unwrap();
            assert_eq!(upgrade.header("authorization"), Some("Bearer secret"));
            assert_eq!(upgrade.header("x-tenant"), Some("a"));
            targets.push((upgrade.path().to_owned(), upgrade.query_value("x")));
            targets.push((String::new(), upgrade.query_value("key")));
            upgrade.refuse(401, "wrong token").await;
        }
        targets
    };
    let dial = async {
        let connection = dialer.dial().await.err();
        let channel = dialer.dial_channel("s.1", "k+/=", Direction::Read).await;
        (connection, channel.err())
    };
    let (targets, refused) = tokio::join!(serve, dial);
    assert_eq!(
        targets,
        [
            ("/base".to_owned(), Some("1".to_owned())),
            (String::new(), None),
            ("/base/ws/channels/s.1".to_owned(), Some("1".to_owned())),
            (String::new(), Some("k+/=".to_owned())),
        ]
    );
    let expected = Some(DialError::Refused {
        address: format!("{address}/base?x=1"),
        status: 401,
        reason: "wrong token".to_owned(),
    });
    assert_eq!(refused, (expected.clone(), expected));
}

#[tokio::test]
async fn a_client_masks_what_it_sends() {
    let (listener, address) = listener().await;
    let dialer = WsDialer::new(&address, DialOptions::default()).unwrap();
    let serve = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            socket.read_buf(&mut request).await.unwrap();
        }
        let request = String::from_utf8(request).unwrap();
        let (_, key) = request.split_once("Sec-WebSocket-Key: ").unwrap();
        let key = key.split("\r\n").next().unwrap();
        let answer = answer_for_key(key);
        socket.write_all(answer.as_bytes()).await.unwrap();
        socket
    };
    let (connection, mut socket) = tokio::join!(dialer.dial(), serve);
    let mut connection = connection.unwrap();
    let mut keys = Vec::new();
    for _ in 0..3 {
        connection.send(&Message::Ping);
        flush(&mut *connection).await.unwrap();
        let mut frame = [0; 2 + 4 + 15];
        socket.read_exact(&mut frame).await.unwrap();
        assert_eq!(frame[..2], [0x81, 0x80 | 15]);
        let (key, payload) = frame[2..].split_at(4);
        let plain: Vec<u8> = payload
            .iter()
            .zip(key.iter().cycle())
            .map(|(byte, key)| byte ^ key)
            .collect();
        assert_eq!(plain, b"{\"type\":\"ping\"}");
        keys.push(key.to_vec());
    }
    assert!(keys[0] != keys[1] || keys[1] != keys[2], "keys are fresh");
}

/// The answer of a server, computed without the code under test.
fn answer_for_key(key: &str) -> String {
    use base64::Engine as _;
    use sha1::Digest as _;
    let hash = sha1::Sha1::digest(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
    let accept = base64::engine::general_purpose::STANDARD.encode(hash);
    format!("HTTP/1.1 101 ok\r\nupgrade: websocket\r\nsec-websocket-accept: {accept}\r\n\r\n")
}

#[tokio::test]
async fn servers_that_answer_wrongly_are_unreachable() {
    for (answer, part) in [
        (
            "HTTP/1.1 101 ok\r\nsec-websocket-accept: x\r\n\r\n",
            "does not fit",
        ),
        ("SSH-2.0-OpenSSH_9.2\r\n", "HTTP"),
        ("", "closed"),
    ] {
        let (listener, address) = listener().await;
        let dialer = WsDialer::new(&address, DialOptions::default()).unwrap();
        let serve = async {
            let (mut socket, _) = listener.accept().await.unwrap();
            socket.write_all(answer.as_bytes()).await.unwrap();
            socket.shutdown().await.unwrap();
            socket.read_to_end(&mut Vec::new()).await.unwrap();
        };
        let (dialled, ()) = tokio::join!(dialer.dial(), serve);
        let Some(DialError::Unreachable { reason, .. }) = dialled.err() else {
            panic!("{answer}: neither connected nor refused");
        };
        assert!(reason.contains(part), "{reason}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_is_unreachable_in_time() {
    let (listener, address) = listener().await;
    let dialer = WsDialer::new(&address, DialOptions::default()).unwrap();
    let dialled = dialer.dial().await.err();
    assert!(matches!(dialled, Some(DialError::Unreachable { .. })));
    drop(listener);
}

#[tokio::test]
async fn addresses_that_cannot_work_are_refused_at_once() {
    let with_header = DialOptions {
        headers: vec![("x".to_owned(), "a\r\nb: c".to_owned())],
        limits: Arc::new(Limits::default()),
        ..DialOptions::default()
    };
    for (address, options, part) in [
        ("http://engine", DialOptions::default(), "`wss://`"),
        ("localhost:49134", DialOptions::default(), "`ws://`"),
        ("ws://h", with_header, "one line"),
    ] {
        let Some(DialError::BadAddress { reason, .. }) = WsDialer::new(address, options).err()
        else {
            panic!("{address} is accepted");
        };
        assert!(reason.contains(part), "{reason}");
    }
    let (listener, address) = listener().await;
    drop(listener);
    let dialer = WsDialer::new(&address, DialOptions::default()).unwrap();
    let dialled = dialer.dial().await.err();
    assert!(
        matches!(dialled, Some(DialError::Unreachable { .. })),
        "{dialled:?}"
    );
}
