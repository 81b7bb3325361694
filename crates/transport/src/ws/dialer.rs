//! The client side: dials an engine over WebSocket.

use super::channel::WsChannel;
use super::connection::WsConnection;
use super::frame::Role;
use super::handshake::{self, ResponseHead};
use super::limits::Limits;
use super::pool;
use super::stream::{Stream, without_delay};
use super::upgrade::{HEAD_BYTES_MAX, write_all};
use super::url::Url;
use crate::tls::{Connector, HandshakeError};
use crate::{BoxFuture, ChannelEnd, Connection, Dial, DialError, Direction};
use bytes::BytesMut;
use std::future::poll_fn;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Most bytes of a refusal's body that are read.
const REFUSAL_BYTES_MAX: usize = 4 * 1024;

/// How to dial.
#[derive(Clone)]
pub struct DialOptions {
    /// Further header lines of every request.
    pub headers: Vec<(String, String)>,
    /// Sent as `Authorization: Bearer`, unless `headers` has that line.
    pub token: Option<String>,
    /// PEM file with authorities that `wss` servers may have their certificate from, beside those
    /// that the machine trusts.
    pub ca_file: Option<PathBuf>,
    /// Limit for name resolution, connecting and the handshake together.
    pub timeout: Duration,
    /// Bounds of the connections.
    pub limits: Arc<Limits>,
}

impl Default for DialOptions {
    fn default() -> Self {
        Self {
            headers: Vec::new(),
            token: None,
            ca_file: None,
            timeout: Duration::from_secs(10),
            limits: Arc::default(),
        }
    }
}

/// A [`Dial`] for `ws://` and `wss://` addresses.
pub struct WsDialer {
    address: String,
    url: Url,
    /// There for `wss` addresses.
    tls: Option<Connector>,
    headers: Vec<(String, String)>,
    timeout: Duration,
    limits: Arc<Limits>,
}

impl WsDialer {
    /// A dialer for `ws://host[:port][/path][?query]`, or the same with `wss`; path and query are kept.
    ///
    /// # Errors
    /// [`DialError::BadAddress`]: the address, a header or the CA file cannot be used.
    pub fn new(address: &str, options: DialOptions) -> Result<Self, DialError> {
        let bad = |reason: String| DialError::BadAddress {
            address: address.to_owned(),
            reason,
        };
        let url = Url::parse(address).map_err(|reason| bad(reason.to_owned()))?;
        let mut headers = options.headers;
        let authorized = headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        if let (Some(token), false) = (options.token, authorized) {
            headers.push((
                "Authorization".to_owned(),
                format!("Bearer {}", token.trim()),
            ));
        }
        for (name, value) in &headers {
            if name.is_empty() || !handshake::is_one_line(name) || !handshake::is_one_line(value) {
                return Err(bad(format!(
                    "header `{}` is not one line",
                    name.escape_debug()
                )));
            }
        }
        // The machine's authorities are read once, and only by those who need them.
        let tls = url
            .tls
            .then(|| Connector::new(options.ca_file.as_deref()))
            .transpose()
            .map_err(|error| bad(format!("the CA file is of no use: {error}")))?;
        Ok(Self {
            address: address.to_owned(),
            url,
            tls,
            headers,
            timeout: options.timeout,
            limits: options.limits,
        })
    }

    async fn open(&self, target: String) -> Result<(Stream, BytesMut), DialError> {
        match timeout(self.timeout, self.shake_hands(&target)).await {
            Ok(result) => result,
            Err(_) => Err(self.unreachable("it did not answer in time")),
        }
    }

    async fn connect(&self) -> Result<Stream, DialError> {
        let Url { host, port, .. } = &self.url;
        let socket = TcpStream::connect((host.as_str(), *port)).await;
        let socket = without_delay(socket.map_err(|error| self.unreachable(&error.to_string()))?);
        let Some(tls) = &self.tls else {
            return Ok(Stream::Plain(socket));
        };
        match tls.connect(socket, host).await {
            Ok(stream) => Ok(Stream::Tls(Box::new(stream))),
            Err(HandshakeError::Untrusted(reason)) => Err(DialError::Untrusted {
                address: self.address.clone(),
                reason,
            }),
            Err(HandshakeError::ServerWithoutTls) => {
                Err(self.unreachable("it does not speak TLS; without TLS it is `ws://`"))
            }
            Err(error) => Err(self.unreachable(&error.to_string())),
        }
    }

    async fn shake_hands(&self, target: &str) -> Result<(Stream, BytesMut), DialError> {
        let failed = |error: io::Error| self.unreachable(&error.to_string());
        let mut stream = self.connect().await?;
        let key = handshake::new_key().map_err(|error| self.unreachable(&error.to_string()))?;
        let request = handshake::request(&self.url.authority, target, &key, &self.headers);
        write_all(&mut stream, request.as_bytes())
            .await
            .map_err(failed)?;
        let mut received = BytesMut::new();
        let (head, length) = loop {
            if read_more(&mut stream, &mut received)
                .await
                .map_err(failed)?
                == 0
            {
                return Err(self.unreachable("it closed the connection during the handshake"));
            }
            match handshake::parse_response(&received) {
                Ok(Some(found)) => break found,
                Ok(None) if received.len() <= HEAD_BYTES_MAX => {}
                Ok(None) | Err(_) => return Err(self.unreachable("it does not speak HTTP")),
            }
        };
        let behind = received.split_off(length);
        if head.status != 101 {
            let reason = read_body(&mut stream, &head, behind).await;
            return Err(DialError::Refused {
                address: self.address.clone(),
                status: head.status,
                reason,
            });
        }
        let accept = handshake::header(&head.headers, "sec-websocket-accept");
        if accept != Some(handshake::accept_value(&key).as_str()) {
            return Err(self.unreachable("its answer does not fit the request"));
        }
        if handshake::header(&head.headers, "sec-websocket-extensions").is_some() {
            return Err(self.unreachable("it chose an extension that was not offered"));
        }
        Ok((stream, behind))
    }

    fn unreachable(&self, reason: &str) -> DialError {
        DialError::Unreachable {
            address: self.address.clone(),
            reason: reason.to_owned(),
        }
    }
}

impl Dial for WsDialer {
    fn dial(&self) -> BoxFuture<'_, Result<Box<dyn Connection>, DialError>> {
        Box::pin(async {
            let (stream, received) = self.open(self.url.target()).await?;
            let limits = Arc::clone(&self.limits);
            let connection = WsConnection::new(stream, Role::Client, limits, received);
            Ok(Box::new(connection) as Box<dyn Connection>)
        })
    }

    fn dial_channel<'a>(
        &'a self,
        channel_id: &'a str,
        access_key: &'a str,
        direction: Direction,
    ) -> BoxFuture<'a, Result<Box<dyn ChannelEnd>, DialError>> {
        let target = self.url.target_below(
            &["ws", "channels", channel_id],
            &[("key", access_key), ("dir", direction.as_str())],
        );
        Box::pin(async {
            let (stream, received) = self.open(target).await?;
            let limits = Arc::clone(&self.limits);
            let channel = WsChannel::new(stream, Role::Client, limits, received);
            Ok(Box::new(channel) as Box<dyn ChannelEnd>)
        })
    }

    fn address(&self) -> &str {
        &self.address
    }
}

async fn read_more(stream: &mut Stream, received: &mut BytesMut) -> io::Result<usize> {
    poll_fn(|context| {
        pool::with_chunk(|chunk| {
            let read = stream.poll_read(context, chunk);
            received.extend_from_slice(chunk);
            read
        })
    })
    .await
}

/// Reads the body of a refusal, as far as it is worth showing.
async fn read_body(stream: &mut Stream, head: &ResponseHead, mut body: BytesMut) -> String {
    let length = handshake::header(&head.headers, "content-length")
        .and_then(|length| length.parse().ok())
        .unwrap_or(REFUSAL_BYTES_MAX)
        .min(REFUSAL_BYTES_MAX);
    while body.len() < length {
        // A body that breaks off is shown as far as it came.
        if !matches!(read_more(stream, &mut body).await, Ok(1..)) {
            break;
        }
    }
    body.truncate(length);
    String::from_utf8_lossy(&body).trim().to_owned()
}
