//! The byte stream under a WebSocket. The only file that names a socket type, so that TLS or a
//! simulated network changes nothing else.

use bytes::BufMut;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::AsyncWrite;
use tokio::net::TcpStream;
use tokio_util::io::poll_read_buf;

/// A connected byte stream.
pub(super) struct Stream(TcpStream);

impl Stream {
    /// Takes a socket. Small messages must not wait for each other, so TCP_NODELAY is set.
    pub(super) fn new(socket: TcpStream) -> Self {
        // A socket that is already gone refuses the option; the first read will tell.
        let _ = socket.set_nodelay(true);
        Self(socket)
    }

    /// Connects to a host name or address.
    pub(super) async fn connect(host: &str, port: u16) -> io::Result<Self> {
        TcpStream::connect((host, port)).await.map(Self::new)
    }

    pub(super) fn peer_address(&self) -> io::Result<SocketAddr> {
        self.0.peer_addr()
    }

    pub(super) fn local_address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    /// Reads once, up to the room that `into` has; 0 is the end of the stream.
    pub(super) fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        into: &mut impl BufMut,
    ) -> Poll<io::Result<usize>> {
        poll_read_buf(Pin::new(&mut self.0), context, into)
    }

    pub(super) fn poll_write_ready(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_write_ready(context)
    }

    pub(super) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }

    pub(super) fn try_write_vectored(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_write_vectored(slices)
    }

    /// Tells the peer that nothing more will come.
    pub(super) fn poll_shutdown(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
