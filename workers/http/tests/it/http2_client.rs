//! A client of HTTP/2.

use bytes::Bytes;
use h2::RecvStream;
use h2::client::{ResponseFuture, SendRequest};
use http::{HeaderMap, Request};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::Path;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

/// A connection, driven in the background.
pub(crate) struct Http2 {
    pub(crate) requests: SendRequest<Bytes>,
    /// Ends with the connection.
    pub(crate) driver: JoinHandle<Result<(), h2::Error>>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Http2 {
    /// Without TLS and without asking.
    pub(crate) async fn open(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect(address).await.unwrap()).await
    }

    /// With TLS, as the server called `name`.
    pub(crate) async fn open_tls(address: SocketAddr, ca_file: &Path, name: &str) -> Self {
        let connector = iii_kit::tls::Connector::new(Some(ca_file)).unwrap();
        let socket = TcpStream::connect(address).await.unwrap();
        let connector = connector.with_alpn(&["h2"]);
        let stream = connector.connect(socket, name).await.unwrap();
        assert_eq!(stream.alpn_protocol(), Some(b"h2".as_slice()));
        Self::over(stream).await
    }

    pub(crate) async fn over<S>(stream: S) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        // Room for one stream that nobody reads, and others.
        let mut builder = h2::client::Builder::new();
        builder.initial_connection_window_size(1 << 20);
        let (requests, connection) = builder.handshake(stream).await.unwrap();
        Self {
            requests,
            driver: tokio::runtime::Handle::current().spawn(connection),
        }
    }

    /// Sends a head; the body, if one is announced, is the caller's to send.
    pub(crate) async fn begin(
        &self,
        request: Request<()>,
        has_body: bool,
    ) -> (ResponseFuture, h2::SendStream<Bytes>) {
        let mut ready = self.requests.clone().ready().await.unwrap();
        ready.send_request(request, !has_body).unwrap()
    }

    pub(crate) async fn get(&self, url: &str) -> Answer {
        let request = Request::get(url).body(()).unwrap();
        let (response, _) = self.begin(request, false).await;
        Answer::whole(response).await
    }

    /// Whether the server ends the connection without an error.
    pub(crate) async fn ends(self) -> bool {
        drop(self.requests);
        matches!(self.driver.await, Ok(Ok(())))
    }
}

impl Answer {
    pub(crate) async fn whole(response: ResponseFuture) -> Self {
        let (head, mut stream) = response.await.unwrap().into_parts();
        let mut body = Vec::new();
        while let Some(part) = next(&mut stream).await {
            body.extend_from_slice(&part.unwrap());
        }
        Self {
            status: head.status.as_u16(),
            headers: head.headers,
            body,
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// The next part of a body, with room made for as much again.
pub(crate) async fn next(stream: &mut RecvStream) -> Option<Result<Bytes, h2::Error>> {
    let part = stream.data().await?;
    if let Ok(part) = &part {
        let _ = stream.flow_control().release_capacity(part.len());
    }
    Some(part)
}
