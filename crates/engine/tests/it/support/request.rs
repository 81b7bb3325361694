//! A WebSocket handshake, written by hand.

use super::peer::{Peer, patient};
use bytes::BytesMut;
use std::fmt::Write as _;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// A request to open a connection.
pub(crate) struct Request {
    address: SocketAddr,
    target: String,
    host: String,
    headers: Vec<(String, String)>,
    receive_buffer: Option<u32>,
}

/// An answer that opens nothing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self {
            address,
            target: "/".to_owned(),
            host: format!("localhost:{}", address.port()),
            headers: Vec::new(),
            receive_buffer: None,
        }
    }

    pub(crate) fn target(mut self, target: &str) -> Self {
        target.clone_into(&mut self.target);
        self
    }

    pub(crate) fn host(mut self, host: &str) -> Self {
        host.clone_into(&mut self.host);
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// How much the system may hold for this end; left to itself it holds tens of megabytes.
    pub(crate) const fn receive_buffer(mut self, bytes: u32) -> Self {
        self.receive_buffer = Some(bytes);
        self
    }

    /// The bytes of the request.
    pub(crate) fn head(&self) -> String {
        let Self { target, host, .. } = self;
        let mut head = format!(
            "GET {target} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n\
             Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        );
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        head.push_str("\r\n");
        head
    }

    /// Opens the connection.
    pub(crate) async fn open(self) -> Result<Peer, Refused> {
        let socket = TcpSocket::new_v4().expect("a socket");
        if let Some(bytes) = self.receive_buffer {
            socket.set_recv_buffer_size(bytes).expect("an option");
        }
        let stream = socket.connect(self.address).await;
        let mut stream = stream.expect("somebody listens");
        let head = self.head();
        stream
            .write_all(head.as_bytes())
            .await
            .expect("the request is taken");
        Self::finish(stream).await
    }

    /// Reads the answer to a request that was written.
    pub(crate) async fn finish(mut stream: TcpStream) -> Result<Peer, Refused> {
        let mut received = BytesMut::new();
        let end = loop {
            let found = received.windows(4).position(|bytes| bytes == b"\r\n\r\n");
            if let Some(at) = found {
                break at + 4;
            }
            let read = patient("an answer", stream.read_buf(&mut received)).await;
            let read = read.expect("the socket works");
            assert!(read > 0, "no answer to the handshake: {received:?}");
        };
        let head = String::from_utf8_lossy(&received.split_to(end)).into_owned();
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        let status: u16 = status.expect("a status");
        if status == 101 {
            return Ok(Peer::new(stream, received, head));
        }
        // Whether the socket then ends in order or not, the body is what came before.
        let _ = patient("the body", stream.read_buf(&mut received)).await;
        let body = String::from_utf8_lossy(&received).into_owned();
        Err(Refused { status, body })
    }
}
