//! How a worker reaches an engine.

use crate::{ChannelEnd, Connection};
use std::future::Future;
use std::pin::Pin;

/// A boxed future, for object-safe async methods.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Which end of a channel to attach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Attach the end that reads.
    Read,
    /// Attach the end that writes.
    Write,
}

impl Direction {
    /// The word on the wire: `read` or `write`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// Why dialling failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DialError {
    /// Nothing listens there, or the network failed; trying again may help.
    #[error("cannot reach `{address}`: {reason}")]
    Unreachable {
        /// Where we dialled.
        address: String,
        /// What the system said.
        reason: String,
    },
    /// It is not to be trusted, by its TLS certificate; trying again helps once it has another one.
    #[error("cannot trust `{address}`: {reason}")]
    Untrusted {
        /// Where we dialled.
        address: String,
        /// What is wrong, and what to do about it.
        reason: String,
    },
    /// The engine refused the connection with an HTTP status; trying again will not help.
    #[error("`{address}` refused the connection with HTTP {status}: {reason}")]
    Refused {
        /// Where we dialled.
        address: String,
        /// HTTP status code.
        status: u16,
        /// Body of the refusal.
        reason: String,
    },
    /// The address cannot be used at all.
    #[error("`{address}` is not an engine address: {reason}")]
    BadAddress {
        /// What was given.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// A way to an engine: over WebSocket from another process, or in-process.
pub trait Dial: Send + Sync {
    /// Opens a worker connection.
    fn dial(&self) -> BoxFuture<'_, Result<Box<dyn Connection>, DialError>>;

    /// Attaches one end of a channel by its reference.
    fn dial_channel<'a>(
        &'a self,
        channel_id: &'a str,
        access_key: &'a str,
        direction: Direction,
    ) -> BoxFuture<'a, Result<Box<dyn ChannelEnd>, DialError>>;

    /// The address, for logs and messages.
    fn address(&self) -> &str;
}
