//! Fetching a key set.

use bytes::Bytes;
use http::uri::Scheme;
use http::{Request, Uri, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use iii_kit::tls::Connector;
use std::path::Path;
use std::pin::pin;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// Largest key set, in bytes.
const SET_BYTES_MAX: usize = 256 << 10;
/// How long a fetch may take.
const TIME_MAX: Duration = Duration::from_secs(5);

/// Fetches one URL. Redirects are not followed: they would be a way to other keys. Each fetch has
/// a connection of its own, for keys are fetched minutes apart.
pub(super) struct Fetcher {
    pub(super) url: Uri,
    host: String,
    port: u16,
    /// `None` for plain HTTP, which the configuration allows on this machine alone.
    tls: Option<Connector>,
}

impl Fetcher {
    /// `ca_file` adds to the authorities that this machine trusts.
    pub(super) fn new(url: &str, ca_file: Option<&Path>) -> Result<Self, String> {
        let url: Uri = url.parse().map_err(|_| "`jwks_url` is no URL".to_owned())?;
        let host = url.host().ok_or("`jwks_url` names no host")?;
        let host = host.trim_matches(['[', ']']).to_owned();
        let secure = url.scheme() == Some(&Scheme::HTTPS);
        let tls = secure.then(|| Connector::new(ca_file)).transpose();
        Ok(Self {
            port: url.port_u16().unwrap_or(if secure { 443 } else { 80 }),
            tls: tls.map_err(|error| error.to_string())?,
            host,
            url,
        })
    }

    pub(super) async fn fetch(&self) -> Result<Vec<u8>, String> {
        let fetching = tokio::time::timeout(TIME_MAX, self.connect_and_read());
        let Ok(read) = fetching.await else {
            return Err(format!("no answer within {} s", TIME_MAX.as_secs()));
        };
        read
    }

    async fn connect_and_read(&self) -> Result<Vec<u8>, String> {
        let socket = TcpStream::connect((self.host.as_str(), self.port)).await;
        let socket = socket.map_err(|error| error.to_string())?;
        let Some(tls) = &self.tls else {
            return self.read(socket).await;
        };
        let stream = tls.connect(socket, &self.host).await;
        self.read(stream.map_err(|error| error.to_string())?).await
    }

    async fn read<S>(&self, stream: S) -> Result<Vec<u8>, String>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| error.to_string())?;
        let mut exchange = pin!(async {
            let answer = sender.send_request(self.request()?).await;
            let answer = answer.map_err(|error| error.to_string())?;
            if answer.status() != http::StatusCode::OK {
                return Err(format!("the answer is {}", answer.status()));
            }
            let body = Limited::new(answer.into_body(), SET_BYTES_MAX);
            let body = body.collect().await.map_err(|error| error.to_string())?;
            Ok(body.to_bytes().to_vec())
        });
        tokio::select! {
            read = exchange.as_mut() => read,
            // What came before the end can still be read, and an early end fails the exchange.
            _ = connection => exchange.await,
        }
    }

    fn request(&self) -> Result<Request<Empty<Bytes>>, String> {
        let target = self
            .url
            .path_and_query()
            .map_or("/", |target| target.as_str());
        let authority = self
            .url
            .authority()
            .map_or("", |authority| authority.as_str());
        // Never part of a `Host` header.
        let host = authority.rsplit('@').next().unwrap_or_default();
        Request::get(target)
            .header(header::HOST, host)
            .header(header::ACCEPT, "application/json")
            .body(Empty::new())
            .map_err(|error| error.to_string())
    }
}
