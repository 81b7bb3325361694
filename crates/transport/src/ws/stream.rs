//! The byte stream under a WebSocket. The only file that names a socket type, so that TLS or a
//! simulated network changes nothing else.

use crate::tls::TlsStream;
use bytes::BufMut;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::AsyncWrite;
use tokio::net::TcpStream;
use tokio_util::io::poll_read_buf;

/// A connected byte stream.
pub(super) enum Stream {
    Plain(TcpStream),
    /// Boxed, so that plain connections do not carry the room for it.
    Tls(Box<TlsStream>),
}

/// Small messages must not wait for each other, so TCP_NODELAY is set on every socket.
pub(super) fn without_delay(socket: TcpStream) -> TcpStream {
    // A socket that is already gone refuses the option; the first read will tell.
    let _ = socket.set_nodelay(true);
    socket
}

impl Stream {
    fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(stream) => stream.socket(),
        }
    }

    pub(super) fn peer_address(&self) -> io::Result<SocketAddr> {
        self.socket().peer_addr()
    }

    pub(super) fn local_address(&self) -> io::Result<SocketAddr> {
        self.socket().local_addr()
    }

    /// Reads once, up to the room that `into` has; 0 is the end of the stream.
    pub(super) fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        into: &mut impl BufMut,
    ) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(socket) => poll_read_buf(Pin::new(socket), context, into),
            Self::Tls(stream) => poll_read_buf(Pin::new(&mut **stream), context, into),
        }
    }

    pub(super) fn poll_write_ready(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket().poll_write_ready(context)
    }

    pub(super) fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.try_write(bytes),
            Self::Tls(stream) => stream.try_write_vectored(&[IoSlice::new(bytes)]),
        }
    }

    pub(super) fn try_write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.try_write_vectored(slices),
            Self::Tls(stream) => stream.try_write_vectored(slices),
        }
    }

    /// Whether all that was taken for writing has left; TLS may keep some of it.
    pub(super) fn try_flush(&mut self) -> io::Result<bool> {
        match self {
            Self::Plain(_) => Ok(true),
            Self::Tls(stream) => stream.try_flush(),
        }
    }

    /// Tells the peer that nothing more will come.
    pub(super) fn poll_shutdown(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(socket) => Pin::new(socket).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(&mut **stream).poll_shutdown(context),
        }
    }
}
