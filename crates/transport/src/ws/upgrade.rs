//! The server side of the opening handshake. Reading the request and answering it are two steps, so
//! that the listener's owner decides in between who may connect and to what.

use super::channel::WsChannel;
use super::connection::WsConnection;
use super::frame::Role;
use super::handshake::{self, HeaderLine, RequestHead};
use super::limits::Limits;
use super::pool;
use super::stream::{Stream, without_delay};
use super::url;
use crate::tls::{Acceptor, HandshakeError};
use bytes::BytesMut;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

/// Longest request head, in bytes.
pub const HEAD_BYTES_MAX: usize = 16 * 1024;

/// How long a refused client may take to read its refusal.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(1);

/// A request whose head has arrived and that waits for an answer.
pub struct Upgrade {
    stream: Stream,
    head: RequestHead,
    /// What came behind the head.
    received: BytesMut,
    deadline: Instant,
}

/// Additions to the response that opens a connection.
#[derive(Clone, Copy, Debug, Default)]
pub struct Answer<'a> {
    /// The one of the offered subprotocols that was chosen.
    pub subprotocol: Option<&'a str>,
    /// Further header lines.
    pub headers: &'a [(&'a str, &'a str)],
}

/// Why no request was read. The client has been answered where that makes sense.
#[derive(Debug, thiserror::Error)]
pub enum UpgradeError {
    /// The head did not arrive in time.
    #[error("the handshake was not finished in time")]
    Timeout,
    /// The client went away first.
    #[error("the client left during the handshake")]
    Gone,
    /// The head is longer than [`HEAD_BYTES_MAX`]; answered with 431.
    #[error("the request head is too long")]
    HeadTooLong,
    /// Not HTTP/1.1; answered with 400.
    #[error("the request is not HTTP/1.1")]
    NotHttp,
    /// Not TLS where TLS is spoken; answered with 400.
    #[error("the client does not speak TLS")]
    NotTls,
    /// No TLS handshake came about.
    #[error(transparent)]
    Tls(HandshakeError),
    /// The socket failed.
    #[error("the socket failed: {0}")]
    Io(#[from] io::Error),
}

/// Why a request was not upgraded.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// The request does not ask for a WebSocket; answered with 400 or 426.
    #[error("no WebSocket request: {0}")]
    NotWebSocket(&'static str),
    /// The client did not take the answer in time.
    #[error("the handshake was not finished in time")]
    Timeout,
    /// The socket failed.
    #[error("the socket failed: {0}")]
    Io(#[from] io::Error),
}

impl Upgrade {
    /// Reads the head of a request. The whole handshake, the answer included, must be done within
    /// `time_limit`.
    ///
    /// # Errors
    /// No request could be read; the socket is closed.
    pub async fn read(socket: TcpStream, time_limit: Duration) -> Result<Self, UpgradeError> {
        let deadline = Instant::now() + time_limit;
        Self::read_from(Stream::Plain(without_delay(socket)), deadline).await
    }

    /// [`Upgrade::read`] behind a TLS handshake, which counts towards `time_limit`.
    ///
    /// # Errors
    /// No request could be read; the socket is closed. A client without TLS is told so in HTTP.
    pub async fn read_tls(
        socket: TcpStream,
        acceptor: &Acceptor,
        time_limit: Duration,
    ) -> Result<Self, UpgradeError> {
        let deadline = Instant::now() + time_limit;
        let accepted = timeout_at(deadline, acceptor.accept(without_delay(socket))).await;
        match accepted {
            Ok(Ok(stream)) => Self::read_from(Stream::Tls(Box::new(stream)), deadline).await,
            Ok(Err(HandshakeError::NotTls(socket))) => {
                let refusal = handshake::refusal(400, &[], "this port speaks TLS: use `wss://`\n");
                answer_and_close(Stream::Plain(socket), &refusal).await;
                Err(UpgradeError::NotTls)
            }
            Ok(Err(HandshakeError::Gone)) => Err(UpgradeError::Gone),
            Ok(Err(error)) => Err(UpgradeError::Tls(error)),
            Err(_) => Err(UpgradeError::Timeout),
        }
    }

    async fn read_from(mut stream: Stream, deadline: Instant) -> Result<Self, UpgradeError> {
        let read = timeout_at(deadline, read_head(&mut stream)).await;
        match read.unwrap_or(Err(UpgradeError::Timeout)) {
            Ok((head, received)) => Ok(Self {
                stream,
                head,
                received,
                deadline,
            }),
            Err(error) => {
                let (status, body) = match error {
                    UpgradeError::HeadTooLong => (431, "the request head is too long\n"),
                    UpgradeError::NotHttp => (400, "the request is not HTTP/1.1\n"),
                    _ => return Err(error),
                };
                answer_and_close(stream, &handshake::refusal(status, &[], body)).await;
                Err(error)
            }
        }
    }

    /// The request method.
    pub fn method(&self) -> &str {
        &self.head.method
    }

    /// The path as it was sent, without the query.
    pub fn path(&self) -> &str {
        let target = &self.head.target;
        target.split_once('?').map_or(target, |(path, _)| path)
    }

    /// The query as it was sent.
    pub fn query(&self) -> Option<&str> {
        self.head.target.split_once('?').map(|(_, query)| query)
    }

    /// The first query field of a name, decoded.
    pub fn query_value(&self, name: &str) -> Option<String> {
        let fields = self.query()?.split('&');
        let mut pairs = fields.map(|field| field.split_once('=').unwrap_or((field, "")));
        let (_, value) = pairs.find(|(found, _)| url::decode(found, ' ') == name)?;
        Some(url::decode(value, ' '))
    }

    /// The first header of a name (in any case), if its value is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        handshake::header(&self.head.headers, name)
    }

    /// Every header, in the order they came.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let lines = self.head.headers.iter();
        lines.map(|HeaderLine { name, value }| (name.as_str(), value.as_slice()))
    }

    /// The subprotocols that the client offers, in its order.
    pub fn subprotocols(&self) -> impl Iterator<Item = &str> {
        handshake::tokens(&self.head.headers, "sec-websocket-protocol")
    }

    /// Whether the request asks for a WebSocket; any other can only be refused.
    pub fn is_websocket(&self) -> bool {
        handshake::websocket_key(&self.head).is_ok()
    }

    /// The client's address.
    ///
    /// # Errors
    /// The socket is gone.
    pub fn peer_address(&self) -> io::Result<SocketAddr> {
        self.stream.peer_address()
    }

    /// The address that the client reached.
    ///
    /// # Errors
    /// The socket is gone.
    pub fn local_address(&self) -> io::Result<SocketAddr> {
        self.stream.local_address()
    }

    /// Opens a message connection.
    ///
    /// # Errors
    /// The request cannot be upgraded, or the client went away.
    pub async fn accept(
        self,
        answer: Answer<'_>,
        limits: Arc<Limits>,
    ) -> Result<WsConnection, AcceptError> {
        let (stream, received) = self.switch(answer).await?;
        Ok(WsConnection::new(stream, Role::Server, limits, received))
    }

    /// Opens one end of a channel.
    ///
    /// # Errors
    /// The request cannot be upgraded, or the client went away.
    pub async fn accept_channel(
        self,
        answer: Answer<'_>,
        limits: Arc<Limits>,
    ) -> Result<WsChannel, AcceptError> {
        let (stream, received) = self.switch(answer).await?;
        Ok(WsChannel::new(stream, Role::Server, limits, received))
    }

    /// Answers with a status and a text instead of opening anything.
    pub async fn refuse(self, status: u16, body: &str) {
        answer_and_close(self.stream, &handshake::refusal(status, &[], body)).await;
    }

    async fn switch(mut self, answer: Answer<'_>) -> Result<(Stream, BytesMut), AcceptError> {
        let key = match handshake::websocket_key(&self.head) {
            Ok(key) => key,
            Err(problem) => {
                let headers = [("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")];
                let status = if self.head.method == "GET" { 426 } else { 400 };
                let refusal = handshake::refusal(status, &headers, &format!("{problem}\n"));
                answer_and_close(self.stream, &refusal).await;
                return Err(AcceptError::NotWebSocket(problem));
            }
        };
        let response = handshake::switching_protocols(key, answer.subprotocol, answer.headers);
        timeout_at(
            self.deadline,
            write_all(&mut self.stream, response.as_bytes()),
        )
        .await
        .map_err(|_| AcceptError::Timeout)??;
        Ok((self.stream, self.received))
    }
}

async fn read_head(stream: &mut Stream) -> Result<(RequestHead, BytesMut), UpgradeError> {
    let mut received = BytesMut::new();
    loop {
        // A client that says nothing costs no buffer: bytes are read into the thread's chunk.
        let read = poll_fn(|context| {
            pool::with_chunk(|chunk| {
                let read = stream.poll_read(context, chunk);
                received.extend_from_slice(chunk);
                read
            })
        });
        let read = read.await?;
        if read == 0 {
            return Err(UpgradeError::Gone);
        }
        // Only a line break can complete a head; without this, one byte at a time would cost the
        // square of the head's length.
        let before = received.len() - read;
        if before > 0 && received.len() <= HEAD_BYTES_MAX && !received[before..].contains(&b'\n') {
            continue;
        }
        match handshake::parse_request(&received) {
            Ok(Some((head, length))) if length <= HEAD_BYTES_MAX => {
                let behind = BytesMut::from(&received[length..]);
                return Ok((head, behind));
            }
            Ok(None) if received.len() <= HEAD_BYTES_MAX => {}
            Ok(_) | Err(httparse::Error::TooManyHeaders) => {
                return Err(UpgradeError::HeadTooLong);
            }
            Err(_) => return Err(UpgradeError::NotHttp),
        }
    }
}

pub(super) async fn write_all(stream: &mut Stream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        poll_fn(|context| stream.poll_write_ready(context)).await?;
        match stream.try_write(bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    while !stream.try_flush()? {
        poll_fn(|context| stream.poll_write_ready(context)).await?;
    }
    Ok(())
}

/// Writes a response and waits a moment until the client has it: closing a socket with unread bytes
/// would reset it under the response.
async fn answer_and_close(mut stream: Stream, response: &str) {
    let farewell = async {
        write_all(&mut stream, response.as_bytes()).await?;
        poll_fn(|context| stream.poll_shutdown(context)).await?;
        loop {
            let read =
                poll_fn(|context| pool::with_chunk(|chunk| stream.poll_read(context, chunk)));
            if read.await? == 0 {
                return Ok::<(), io::Error>(());
            }
        }
    };
    // Whether the client took it makes no difference to us.
    let _ = timeout(REFUSAL_TIMEOUT, farewell).await;
}
