//! A hand-written peer that can say what no library would.

use bytes::BytesMut;
use iii_transport::ws::{
    Answer, HEADER_BYTES_MAX, Header, Limits, Opcode, Upgrade, WsChannel, WsConnection, apply_mask,
};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A WebSocket request as a browser would send it.
pub(crate) const REQUEST: &str = "GET /?token=secret HTTP/1.1\r\nHost: 127.0.0.1\r\n\
    Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: a, b\r\n\r\n";

/// Two ends of a TCP connection: the accepted one, the connecting one.
pub(crate) async fn sockets() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (accepted, connected) = tokio::join!(listener.accept(), TcpStream::connect(address));
    let connected = connected.unwrap();
    connected.set_nodelay(true).unwrap();
    (accepted.unwrap().0, connected)
}

/// An upgrade under way and the raw socket of its client.
pub(crate) async fn upgrade() -> (Upgrade, Raw) {
    let (accepted, mut socket) = sockets().await;
    socket.write_all(REQUEST.as_bytes()).await.unwrap();
    let upgrade = Upgrade::read(accepted, Duration::from_secs(10)).await;
    let received = BytesMut::new();
    (upgrade.unwrap(), Raw { socket, received })
}

/// A message connection and the raw socket of its client.
pub(crate) async fn connection(limits: Limits) -> (WsConnection, Raw) {
    let (upgrade, mut raw) = upgrade().await;
    let connection = upgrade.accept(Answer::default(), Arc::new(limits)).await;
    raw.head().await;
    (connection.unwrap(), raw)
}

/// A channel and the raw socket of its client.
pub(crate) async fn channel(limits: Limits) -> (WsChannel, Raw) {
    let (upgrade, mut raw) = upgrade().await;
    let channel = upgrade
        .accept_channel(Answer::default(), Arc::new(limits))
        .await;
    raw.head().await;
    (channel.unwrap(), raw)
}

/// The client's end.
pub(crate) struct Raw {
    socket: TcpStream,
    received: BytesMut,
}

impl Raw {
    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        self.socket.write_all(bytes).await.unwrap();
    }

    /// Reads the head of the server's response.
    pub(crate) async fn head(&mut self) -> String {
        loop {
            let end = self
                .received
                .windows(4)
                .position(|four| four == b"\r\n\r\n");
            if let Some(end) = end {
                let head = self.received.split_to(end + 4);
                return String::from_utf8(head.to_vec()).unwrap();
            }
            self.more().await;
        }
    }

    /// Reads one frame of the server.
    pub(crate) async fn frame(&mut self) -> (Opcode, Vec<u8>) {
        loop {
            if let Some((header, start)) = server_header(&self.received) {
                let end = start + header.payload_bytes as usize;
                if self.received.len() >= end {
                    let frame = self.received.split_to(end);
                    return (header.opcode, frame[start..].to_vec());
                }
            }
            self.more().await;
        }
    }

    /// Reads frames until a close frame, and gives its code.
    pub(crate) async fn close_code(&mut self) -> Option<u16> {
        loop {
            if let (Opcode::Close, payload) = self.frame().await {
                return payload
                    .first_chunk::<2>()
                    .map(|code| u16::from_be_bytes(*code));
            }
        }
    }

    async fn more(&mut self) {
        let read = self.socket.read_buf(&mut self.received).await.unwrap();
        assert!(read > 0, "the server closed after {:?}", self.received);
    }
}

fn server_header(bytes: &[u8]) -> Option<(Header, usize)> {
    Header::parse(bytes, iii_transport::ws::Role::Client).unwrap()
}

/// A masked frame, as a client sends it.
pub(crate) fn frame(fin: bool, opcode: Opcode, payload: &[u8]) -> Vec<u8> {
    masked_frame(fin, opcode, payload, [0x1f, 0x2e, 0x3d, 0x4c])
}

/// A frame masked with a key of choice.
pub(crate) fn masked_frame(fin: bool, opcode: Opcode, payload: &[u8], key: [u8; 4]) -> Vec<u8> {
    let mut bytes = header(fin, opcode, payload.len() as u64, key);
    let start = bytes.len();
    bytes.extend_from_slice(payload);
    apply_mask(&mut bytes[start..], key, 0);
    bytes
}

/// The header of a client's frame.
pub(crate) fn header(fin: bool, opcode: Opcode, payload_bytes: u64, key: [u8; 4]) -> Vec<u8> {
    let header = Header {
        fin,
        opcode,
        mask: Some(key),
        payload_bytes,
    };
    let mut bytes = [0; HEADER_BYTES_MAX];
    let length = header.write(&mut bytes);
    bytes[..length].to_vec()
}

/// A whole text message.
pub(crate) fn text(payload: &str) -> Vec<u8> {
    frame(true, Opcode::Text, payload.as_bytes())
}
