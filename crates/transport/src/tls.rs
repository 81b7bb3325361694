//! TLS for whoever listens or dials: worker listeners, the WebSocket dialer, HTTP.
//!
//! [`Acceptor`] serves certificates from files and takes new ones while it runs; [`Connector`]
//! verifies what it dials; both give a [`TlsStream`], which is a byte stream like any other.
//!
//! **Invariant:** nothing older than TLS 1.2, and no way to skip verification.
//! **Invariant:** a handshake that fails hurts only its own connection.

mod acceptor;
mod certificates;
mod connector;
mod error;
mod scratch;
mod stream;

pub use acceptor::{Acceptor, RELOAD_INTERVAL, Reload};
pub use certificates::CertificateFiles;
pub use connector::Connector;
pub use error::{HandshakeError, LoadError};
pub use stream::TlsStream;

use rustls::crypto::CryptoProvider;
use std::sync::Arc;

/// The cryptography of both sides.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}
