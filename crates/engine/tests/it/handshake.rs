//! Connections that do not become sessions.

use crate::support::{Peer, Request, Setup, patient};
use bytes::BytesMut;
use iii_transport::ws::Opcode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Reads until the engine lets go, and gives what it said.
async fn last_words(mut stream: TcpStream) -> String {
    let mut said = Vec::new();
    let end = patient("the engine lets go", stream.read_to_end(&mut said)).await;
    let _ = end;
    String::from_utf8_lossy(&said).into_owned()
}

#[test]
fn a_handshake_that_never_ends_is_ended() {
    let setup = Setup::new().limits(|limits| limits.handshake_timeout_ms = 150);
    setup.run(async |rig| {
        let head = Request::new(rig.address).head();
        for part in ["", "GET / HT", &head[..head.len() - 2]] {
            let mut stream = TcpStream::connect(rig.address).await.expect("a socket");
            stream.write_all(part.as_bytes()).await.expect("written");
            assert_eq!(last_words(stream).await, "", "silently");
        }
        let mut peer = rig.connect().await;
        peer.sync().await;
        assert_eq!(rig.engine.connections(), 1);
    });
}

#[test]
fn what_is_no_websocket_request_is_told_so() {
    Setup::new().run(async |rig| {
        for (request, status) in [
            ("\x16\x03\x01\x02\x00\x01\r\n\r\n", "400"),
            ("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "426"),
            ("POST / HTTP/1.1\r\nHost: localhost\r\n\r\n", "400"),
            ("GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n", "404"),
        ] {
            let mut stream = TcpStream::connect(rig.address).await.expect("a socket");
            stream.write_all(request.as_bytes()).await.expect("written");
            let said = last_words(stream).await;
            assert!(
                said.starts_with(&format!("HTTP/1.1 {status} ")),
                "{request:?}: {said}"
            );
        }
        let long = Request::new(rig.address).header("X-Long", &"x".repeat(20_000));
        let refused = long.open().await.err().expect("it is refused");
        assert_eq!(refused.status, 431);
    });
}

#[test]
fn frames_may_follow_the_handshake_in_the_same_packet() {
    Setup::new().run(async |rig| {
        let mut stream = TcpStream::connect(rig.address).await.expect("a socket");
        let mut bytes = Request::new(rig.address).head().into_bytes();
        let message = br#"{"type":"ping"}"#;
        bytes.extend_from_slice(&[0x81, 0x80 | message.len() as u8, 0, 0, 0, 0]);
        bytes.extend_from_slice(message);
        stream.write_all(&bytes).await.expect("written");
        let mut peer = Request::finish(stream).await.expect("a connection");
        peer.welcome().await;
        peer.wait_type("pong").await;
    });
}

#[test]
fn more_connections_than_allowed_are_let_go() {
    let setup = Setup::new().limits(|limits| limits.connections_max = 2);
    setup.run(async |rig| {
        let mut first = rig.connect().await;
        let second = rig.connect().await;
        let mut stream = TcpStream::connect(rig.address).await.expect("a socket");
        // The socket may be gone before anything is written.
        let _ = stream
            .write_all(Request::new(rig.address).head().as_bytes())
            .await;
        assert_eq!(last_words(stream).await, "");
        first.sync().await;
        drop(second);
        let back = async {
            while rig.engine.connections() > 1 {
                first.sync().await;
            }
        };
        patient("there is room again", back).await;
        rig.connect().await.sync().await;
    });
}

#[test]
fn a_close_is_answered_with_the_same_code() {
    Setup::new().run(async |rig| {
        let mut peer = rig.connect().await;
        peer.frame(true, Opcode::Close, &1000_u16.to_be_bytes())
            .await;
        assert_eq!(peer.closed().await, Some(1000));
        let mut peer = rig.connect().await;
        peer.frame(true, Opcode::Close, b"").await;
        assert_eq!(peer.closed().await, None);
        let gone = Peer::new(peer.stream, BytesMut::new(), String::new());
        drop(gone);
        rig.until("both have gone", || rig.engine.connections() == 1)
            .await;
    });
}
