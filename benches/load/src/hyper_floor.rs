//! `hyper-floor`: what HTTP alone costs, without any engine behind it.
//!
//! It answers `GET /download?bytes=N` and `POST /upload` like `stream-worker`, and everything else
//! with the same JSON.

use crate::stream_worker::CHUNK_BYTES;
use anyhow::Result;
use bytes::Bytes;
use http_body_util::{BodyExt, Either, Full};
use hyper::{
    Request, Response,
    body::{Body, Frame, Incoming},
    header,
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::{
    convert::Infallible,
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig, crypto,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};

#[derive(clap::Args)]
pub(crate) struct Options {
    #[arg(long, default_value = "127.0.0.1:3999")]
    listen: String,
    /// speak HTTP/2 instead of HTTP/1.1
    #[arg(long)]
    http2: bool,
    /// PEM file of the certificate: speak TLS
    #[arg(long, requires = "key")]
    cert: Option<PathBuf>,
    /// PEM file of its key
    #[arg(long, requires = "cert")]
    key: Option<PathBuf>,
}

type Answer = Response<Either<Full<Bytes>, Repeated>>;

pub(crate) async fn run(options: &Options) -> Result<()> {
    let files = options.cert.as_deref().zip(options.key.as_deref());
    let tls = files.map(|(cert, key)| acceptor(cert, key, options.http2));
    let tls = tls.transpose()?;
    let http2 = options.http2;
    let listener = TcpListener::bind(&options.listen).await?;
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        connections.spawn(serve(stream, tls.clone(), http2));
        while connections.try_join_next().is_some() {}
    }
}

fn acceptor(cert: &Path, key: &Path, http2: bool) -> Result<TlsAcceptor> {
    let chain = CertificateDer::pem_file_iter(cert)?.collect::<Result<_, _>>()?;
    let key = PrivateKeyDer::from_pem_file(key)?;
    let provider = Arc::new(crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider);
    let config = config.with_safe_default_protocol_versions()?;
    let mut config = config.with_no_client_auth().with_single_cert(chain, key)?;
    let protocol = if http2 { "h2" } else { "http/1.1" };
    config.alpn_protocols = vec![protocol.into()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Errors are those of clients that leave.
async fn serve(stream: TcpStream, tls: Option<TlsAcceptor>, http2: bool) -> Result<()> {
    match tls {
        Some(tls) => speak(tls.accept(stream).await?, http2).await,
        None => speak(stream, http2).await,
    }
}

async fn speak<S>(stream: S, http2: bool) -> Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let stream = TokioIo::new(stream);
    if http2 {
        let builder = http2::Builder::new(TokioExecutor::new());
        builder.serve_connection(stream, service_fn(answer)).await?;
    } else {
        let builder = http1::Builder::new();
        builder.serve_connection(stream, service_fn(answer)).await?;
    }
    Ok(())
}

async fn answer(request: Request<Incoming>) -> Result<Answer> {
    match request.uri().path() {
        "/download" => {
            let bytes = request
                .uri()
                .query()
                .and_then(|query| query.split_once('='));
            let left = bytes.map_or(Ok(0), |(_, bytes)| bytes.parse())?;
            Ok(Response::new(Either::Right(Repeated {
                left,
                chunk: Bytes::from(vec![b'x'; CHUNK_BYTES]),
            })))
        }
        "/upload" => {
            let bytes = count(request.into_body()).await?;
            Ok(json(Bytes::from(format!(r#"{{"bytes":{bytes}}}"#))))
        }
        _ => {
            request.into_body().collect().await?;
            Ok(json(Bytes::from_static(br#"{"ok":true}"#)))
        }
    }
}

fn json(body: Bytes) -> Answer {
    let mut response = Response::new(Either::Left(Full::new(body)));
    let json = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

async fn count(mut body: Incoming) -> Result<usize> {
    let mut bytes = 0;
    while let Some(frame) = body.frame().await {
        bytes += frame?.data_ref().map_or(0, Bytes::len);
    }
    Ok(bytes)
}

/// A body of the same chunk again and again. Like that of a function that streams, it does not say
/// how long it will be.
struct Repeated {
    left: u64,
    chunk: Bytes,
}

impl Body for Repeated {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let length = self.left.min(self.chunk.len() as u64);
        self.left -= length;
        let frame = (length > 0).then(|| Frame::data(self.chunk.slice(..length as usize)));
        Poll::Ready(frame.map(Ok))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bodies_have_the_bytes_that_were_asked_for() {
        let body = Repeated {
            left: 10,
            chunk: Bytes::from_static(b"xxxx"),
        };
        assert_eq!(body.collect().await.unwrap().to_bytes().len(), 10);
    }

    #[test]
    fn a_certificate_is_made_that_rustls_takes() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name| folder.path().join(name);
        crate::certificate::make(folder.path()).unwrap();
        let made = acceptor(&file("cert.pem"), &file("key.pem"), true);
        assert!(made.is_ok());
    }
}
