//! What can go wrong with certificate files and handshakes.

use std::io;
use std::path::{Path, PathBuf};

/// Why certificates could not be loaded. Every variant names its file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The file is missing or not readable.
    #[error("cannot read `{}`: {reason}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The file has no PEM block of the kind that is needed.
    #[error("`{}` has no {wanted} in PEM form", file.display())]
    Empty {
        /// The file.
        file: PathBuf,
        /// What it should have.
        wanted: &'static str,
    },
    /// The file's content cannot be used.
    #[error("`{}` cannot be used: {reason}", file.display())]
    Unusable {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Key and certificate are not a pair.
    #[error(
        "the key in `{}` does not belong to the first certificate in `{}`",
        key.display(),
        cert.display()
    )]
    Mismatch {
        /// File of the certificate chain.
        cert: PathBuf,
        /// File of the key.
        key: PathBuf,
    },
}

impl LoadError {
    /// The file to look at.
    pub fn file(&self) -> &Path {
        match self {
            Self::Unreadable { file, .. }
            | Self::Empty { file, .. }
            | Self::Unusable { file, .. } => file,
            Self::Mismatch { key, .. } => key,
        }
    }
}

/// Why a TLS connection was not established.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeError {
    /// The peer went away first.
    #[error("the peer left during the TLS handshake")]
    Gone,
    /// The client speaks something else; it is given back so that it can be told.
    #[error("the client does not speak TLS")]
    NotTls(tokio::net::TcpStream),
    /// The server speaks something else.
    #[error("it does not speak TLS")]
    ServerWithoutTls,
    /// The server's certificate is not to be trusted.
    #[error("{0}")]
    Untrusted(String),
    /// The peers did not agree, or one broke the protocol.
    #[error("the TLS handshake failed: {0}")]
    Failed(String),
    /// The socket failed.
    #[error("the socket failed: {0}")]
    Io(#[source] io::Error),
}
