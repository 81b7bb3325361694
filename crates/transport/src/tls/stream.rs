//! A TLS connection over a socket.
//!
//! Beside the usual reading and writing it can write without a waker, as a socket can: whoever
//! produces a frame writes it, from another task of the same thread.

use super::HandshakeError;
use super::scratch;
use rustls::{AlertDescription, CertificateError, Connection, Error, InvalidMessage};
use std::future::poll_fn;
use std::io::{self, BufRead, IoSlice, Write};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// An established TLS connection. Made by [`super::Acceptor`] and [`super::Connector`].
pub struct TlsStream {
    socket: TcpStream,
    /// Boxed: it has some kilobytes, and whatever waits for a handshake would carry them.
    session: Box<Connection>,
    /// Ciphertext that came while the owner had no room for its plaintext.
    unfed: Vec<u8>,
    /// Our farewell is queued.
    closing: bool,
}

impl TlsStream {
    /// Shakes hands. The caller limits the time.
    pub(super) async fn establish(
        socket: TcpStream,
        session: Box<Connection>,
    ) -> Result<Self, HandshakeError> {
        let mut stream = Self {
            socket,
            session,
            unfed: Vec::new(),
            closing: false,
        };
        match poll_fn(|context| stream.poll_handshake(context)).await {
            Ok(()) => Ok(stream),
            Err(error) => Err(explain(error)),
        }
    }

    /// The protocol that both sides agreed on by ALPN.
    pub fn alpn_protocol(&self) -> Option<&[u8]> {
        self.session.alpn_protocol()
    }

    /// The socket below, for addresses and options; bytes do not belong there.
    pub fn socket(&self) -> &TcpStream {
        &self.socket
    }

    /// The peer's address.
    ///
    /// # Errors
    /// The socket is gone.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.socket.peer_addr()
    }

    /// Our address.
    ///
    /// # Errors
    /// The socket is gone.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Takes plaintext for writing as long as the ciphertext before it has left; else `WouldBlock`.
    pub(crate) fn try_write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        if !self.try_flush()? {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let written = self.session.writer().write_vectored(slices)?;
        self.try_flush()?;
        Ok(written)
    }

    /// Writes ciphertext that is left, as far as the socket takes it; `Ok(true)` when none is left.
    pub(crate) fn try_flush(&mut self) -> io::Result<bool> {
        while self.session.wants_write() {
            match self.session.write_tls(&mut SocketWriter(&self.socket)) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    fn poll_handshake(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.poll_flush_tls(context))?;
            if !self.session.is_handshaking() {
                return Poll::Ready(Ok(()));
            }
            ready!(self.socket.poll_read_ready(context))?;
            match self.receive(&mut ReadBuf::new(&mut [])) {
                Ok(0) => return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    fn poll_flush_tls(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.try_flush()? {
            ready!(self.socket.poll_write_ready(context))?;
        }
        Poll::Ready(Ok(()))
    }

    /// Reads ciphertext once and hands it on; gives its length.
    fn receive(&mut self, into: &mut ReadBuf<'_>) -> io::Result<usize> {
        scratch::with(|scratch| {
            let read = self.socket.try_read(scratch)?;
            if read == 0 {
                // So the session knows of the end.
                self.session.read_tls(&mut io::empty())?;
            }
            self.feed(&scratch[..read], into)?;
            Ok(read)
        })
    }

    /// Decrypts, and keeps what comes when the owner's room is used up.
    fn feed(&mut self, mut ciphertext: &[u8], into: &mut ReadBuf<'_>) -> io::Result<()> {
        while !ciphertext.is_empty() {
            // Handshakes need no room; what a client sends right behind its own does.
            if into.remaining() == 0 && !self.session.is_handshaking() {
                self.unfed = ciphertext.to_vec();
                return Ok(());
            }
            self.session.read_tls(&mut ciphertext)?;
            if let Err(error) = self.session.process_new_packets() {
                // The peer is told why, as far as the socket takes it now.
                let _ = self.try_flush();
                return Err(io::Error::new(io::ErrorKind::InvalidData, error));
            }
            self.take_plaintext(into)?;
        }
        Ok(())
    }

    /// Moves plaintext to the owner; `Ok(true)` when there was some, or none will come any more.
    fn take_plaintext(&mut self, into: &mut ReadBuf<'_>) -> io::Result<bool> {
        let before = into.remaining();
        while into.remaining() > 0 {
            let mut reader = self.session.reader();
            let plaintext = match reader.fill_buf() {
                Ok([]) => return Ok(true),
                Ok(plaintext) => plaintext,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                // Whatever runs above knows by itself where its messages end.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(true),
                Err(error) => return Err(error),
            };
            let taken = plaintext.len().min(into.remaining());
            into.put_slice(&plaintext[..taken]);
            reader.consume(taken);
        }
        Ok(into.remaining() < before)
    }
}

impl AsyncRead for TlsStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if into.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        let before = into.filled().len();
        loop {
            if this.take_plaintext(into)? {
                return Poll::Ready(Ok(()));
            }
            if this.unfed.is_empty() {
                ready!(this.socket.poll_read_ready(context))?;
                match this.receive(into) {
                    Ok(_) => {}
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Err(error) => return Poll::Ready(Err(error)),
                }
            } else {
                let unfed = std::mem::take(&mut this.unfed);
                this.feed(&unfed, into)?;
            }
            if into.filled().len() > before {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl AsyncWrite for TlsStream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_flush_tls(context))?;
        Poll::Ready(this.try_write_vectored(slices))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().poll_flush_tls(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.closing {
            this.session.send_close_notify();
            this.closing = true;
        }
        ready!(this.poll_flush_tls(context))?;
        Pin::new(&mut this.socket).poll_shutdown(context)
    }
}

/// Lets the session write to a socket that does not block.
struct SocketWriter<'a>(&'a TcpStream);

impl Write for SocketWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_write_vectored(slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn explain(error: io::Error) -> HandshakeError {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return HandshakeError::Gone;
    }
    let Some(reason) = error.get_ref().and_then(|inner| inner.downcast_ref()) else {
        return HandshakeError::Io(error);
    };
    match reason {
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            HandshakeError::ServerWithoutTls
        }
        Error::InvalidCertificate(reason) => HandshakeError::Untrusted(distrust(reason)),
        Error::AlertReceived(AlertDescription::ProtocolVersion) => {
            HandshakeError::Failed("the peer speaks no TLS version that we accept".to_owned())
        }
        other => HandshakeError::Failed(other.to_string()),
    }
}

/// Why a certificate is not trusted, and what to do about it.
fn distrust(reason: &CertificateError) -> String {
    match reason {
        CertificateError::UnknownIssuer => {
            "its certificate was issued by nobody that this machine trusts; \
             if it is your own authority, name its certificate as the CA file (`III_CA_FILE`)"
                .to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            format!("its certificate is expired: {reason}")
        }
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            "its certificate is that of an authority and cannot be a server's; issue one with \
             `basicConstraints=CA:FALSE`"
                .to_owned()
        }
        other => format!("its certificate cannot be trusted: {other}"),
    }
}
