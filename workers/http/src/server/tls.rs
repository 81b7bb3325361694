//! TLS of a listener, and those who come without it.

use crate::config::Certificate;
use crate::limits::{FAREWELL_BYTES_MAX, FAREWELL_TIME};
use iii_kit::tls::{Acceptor, CertificateFiles, HandshakeError, LoadError, Reload, TlsStream};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What clients may ask for, most wanted first.
const PROTOCOLS: [&str; 2] = ["h2", "http/1.1"];

/// The answer to a request that came without TLS.
const PLAIN_REQUEST: &str = "this port speaks TLS: use https://\n";

/// A TLS alert, `handshake_failure`: it tells a client without doubt that there is no TLS here.
const NO_TLS_HERE: [u8; 7] = [0x15, 3, 3, 0, 2, 2, 40];

/// The certificates of a listener.
pub(super) struct Tls {
    acceptor: Acceptor,
}

impl Tls {
    /// Loads them; what clients will hold against them goes to the log.
    pub(super) fn load(certificates: &[Certificate]) -> Result<Self, LoadError> {
        let files: Vec<CertificateFiles> = certificates.iter().map(Into::into).collect();
        let acceptor = Acceptor::load(files, &PROTOCOLS)?;
        for warning in acceptor.warnings() {
            tracing::warn!(warning, "http.certificate");
        }
        Ok(Self { acceptor })
    }

    /// Takes over files that have changed. They are few and small, so that reading them costs a
    /// thread less than asking another one to do it.
    pub(super) fn reload(&self, address: SocketAddr) {
        match self.acceptor.reload() {
            Reload::Unchanged => {}
            Reload::Changed(warnings) => {
                tracing::info!(%address, "http.certificates_changed");
                for warning in warnings {
                    tracing::warn!(%address, warning, "http.certificate");
                }
            }
            Reload::Refused(error) => {
                tracing::warn!(%address, %error, "http.certificates_refused");
            }
        }
    }

    /// Shakes hands. A client that speaks HTTP without TLS is told.
    pub(super) async fn accept(&self, socket: TcpStream) -> Option<TlsStream> {
        match self.acceptor.accept(socket).await {
            Ok(stream) => Some(stream),
            Err(HandshakeError::NotTls(socket)) => {
                let length = PLAIN_REQUEST.len();
                let answer = format!(
                    "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\n\
                     connection: close\r\ncontent-length: {length}\r\n\r\n{PLAIN_REQUEST}"
                );
                part(socket, answer.as_bytes()).await;
                None
            }
            Err(error) => {
                tracing::debug!(%error, "http.handshake_failed");
                None
            }
        }
    }
}

/// Tells a client that began with TLS that this listener has none.
pub(super) async fn decline(socket: TcpStream) {
    tracing::debug!("http.tls_without_certificate");
    part(socket, &NO_TLS_HERE).await;
}

/// Says something and closes. What the client still sends is read for a while: a socket that is
/// closed with unread bytes takes the answer back.
async fn part(mut socket: TcpStream, words: &[u8]) {
    let parting = async {
        socket.write_all(words).await?;
        socket.shutdown().await?;
        let mut rest = (&mut socket).take(FAREWELL_BYTES_MAX as u64);
        tokio::io::copy(&mut rest, &mut tokio::io::sink()).await
    };
    let _ = tokio::time::timeout(FAREWELL_TIME, parting).await;
}
