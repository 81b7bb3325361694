//! What an engine is started with.

use crate::core::{Authorizer, ReservedOnly, Tables};
use iii_protocol::Limits;
use iii_transport::tls::{CertificateFiles, LoadError};
use iii_transport::{Clock, SystemClock};
use std::net::SocketAddr;
use std::sync::Arc;

/// Everything an engine needs from its host.
#[derive(Clone)]
pub struct Config {
    /// Executor threads; 0 means one for every two processors: where workers share the machine,
    /// more are slower, because a call that crosses threads costs two wake-ups.
    pub threads: usize,
    /// Every bound.
    pub limits: Limits,
    /// Functions that the core calls by id.
    pub tables: Tables,
    /// Asked in front of every message.
    pub authorizer: Arc<dyn Authorizer>,
    /// Where time comes from.
    pub clock: Arc<dyn Clock>,
    /// Version shown in discovery.
    pub version: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            threads: 0,
            limits: Limits::DEFAULT,
            tables: Tables::default(),
            authorizer: Arc::new(ReservedOnly::default()),
            clock: Arc::new(SystemClock::default()),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// One listener for workers.
#[derive(Clone, Debug)]
pub struct ListenerConfig {
    /// Address and port; port 0 lets the system choose.
    pub bind: SocketAddr,
    /// Required from every connection; must be there when `bind` is beyond loopback.
    pub token: Option<String>,
    /// Admits like `token` and makes the session trusted.
    pub operator_token: Option<String>,
    /// Origins of browser pages that may connect; `*` admits all.
    pub allowed_origins: Vec<String>,
    /// With any, the listener speaks TLS only; the client's server name chooses, the first answers
    /// for names that none has. Files that change are taken over; open connections stay.
    pub tls: Vec<CertificateFiles>,
    /// Puts `_caller_worker_id` into object payloads, for workers that still read it there.
    pub inject_caller: bool,
}

impl ListenerConfig {
    /// A listener with the defaults: no token, no browser pages.
    #[must_use]
    pub const fn new(bind: SocketAddr) -> Self {
        Self {
            bind,
            token: None,
            operator_token: None,
            allowed_origins: Vec::new(),
            tls: Vec::new(),
            inject_caller: false,
        }
    }
}

/// Why an engine could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The system refused a thread or its event queue.
    #[error("cannot start an executor thread: {0}")]
    Thread(#[from] std::io::Error),
    /// The system has no randomness to give.
    #[error("cannot get random numbers from the system: {0}")]
    Random(String),
}

/// Why a listener could not open.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The address is taken, or not ours.
    #[error("cannot listen on {bind}: {reason}")]
    Bind {
        /// The address.
        bind: SocketAddr,
        /// What the system said.
        reason: std::io::Error,
    },
    /// Beyond loopback every connection must show a token.
    #[error("refusing to listen on {bind} without a token: it is reachable from other machines")]
    TokenRequired {
        /// The address.
        bind: SocketAddr,
    },
    /// The certificates cannot be used.
    #[error("cannot speak TLS on {bind}: {reason}")]
    Tls {
        /// The address.
        bind: SocketAddr,
        /// Which file, and why.
        reason: LoadError,
    },
    /// The engine is stopping.
    #[error("the engine is stopping")]
    Stopping,
}
