//! The server side.

use super::certificates::{CertificateFiles, Certificates, Contents};
use super::{HandshakeError, LoadError, TlsStream, provider};
use crate::{Clock, SystemClock};
use parking_lot::Mutex;
use rustls::pki_types::UnixTime;
use rustls::{ServerConfig, ServerConnection};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;

/// How often a listener should [`Acceptor::reload`].
pub const RELOAD_INTERVAL: Duration = Duration::from_secs(2);

/// First byte of every TLS connection: a handshake record.
const HANDSHAKE_RECORD: u8 = 0x16;

/// Serves TLS with certificates from files.
///
/// With several certificates the client's server name (SNI) chooses: the first certificate that is
/// valid for the name, else the first of all.
pub struct Acceptor {
    files: Vec<CertificateFiles>,
    alpn: Vec<Vec<u8>>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

struct State {
    contents: Vec<Contents>,
    config: Arc<ServerConfig>,
    warnings: Vec<String>,
    /// What the files were last refused for, so that it is said once.
    refused: Option<LoadError>,
}

/// What became of [`Acceptor::reload`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reload {
    /// The files are what they were, or still wrong in the same way.
    Unchanged,
    /// New connections get the new certificates; the warnings are about those.
    Changed(Vec<String>),
    /// The files cannot be used now; the certificates in force stay.
    Refused(LoadError),
}

impl Acceptor {
    /// Loads one certificate or several; at least one is needed to serve anybody. `alpn` are the
    /// protocols offered to clients that ask for one, most wanted first, as in `["h2",
    /// "http/1.1"]`; with none, clients may ask for what they like and get no answer to it.
    ///
    /// # Errors
    /// The first file that cannot be used.
    pub fn load(files: Vec<CertificateFiles>, alpn: &[&str]) -> Result<Self, LoadError> {
        Self::load_with(files, alpn, Arc::new(SystemClock::default()))
    }

    /// [`Acceptor::load`] with a clock of your own, for the warnings about dates.
    ///
    /// # Errors
    /// The first file that cannot be used.
    pub fn load_with(
        files: Vec<CertificateFiles>,
        alpn: &[&str],
        clock: Arc<dyn Clock>,
    ) -> Result<Self, LoadError> {
        let alpn: Vec<Vec<u8>> = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        let contents = read_all(&files)?;
        let (config, warnings) = build(&files, &contents, &alpn, &*clock)?;
        Ok(Self {
            files,
            alpn,
            clock,
            state: Mutex::new(State {
                contents,
                config,
                warnings,
                refused: None,
            }),
        })
    }

    /// What clients will hold against the certificates in force: expired, not yet valid, or expired
    /// within a week.
    pub fn warnings(&self) -> Vec<String> {
        self.state.lock().warnings.clone()
    }

    /// Takes over files that have changed. Connections that are open stay as they are.
    ///
    /// The files are compared by content: that needs no event of a file system that may not send
    /// any, sees through every link, and a pair of which one half is new is refused as no pair
    /// until the other half comes.
    pub fn reload(&self) -> Reload {
        let read = read_all(&self.files);
        let mut state = self.state.lock();
        let loaded = match read {
            Ok(contents) if contents == state.contents => {
                state.refused = None;
                return Reload::Unchanged;
            }
            Ok(contents) => build(&self.files, &contents, &self.alpn, &*self.clock)
                .map(|(config, warnings)| (contents, config, warnings)),
            Err(error) => Err(error),
        };
        match loaded {
            Ok((contents, config, warnings)) => {
                *state = State {
                    contents,
                    config,
                    warnings: warnings.clone(),
                    refused: None,
                };
                Reload::Changed(warnings)
            }
            Err(error) if state.refused.as_ref() == Some(&error) => Reload::Unchanged,
            Err(error) => {
                state.refused = Some(error.clone());
                Reload::Refused(error)
            }
        }
    }

    /// Shakes hands on a socket that was just accepted. The caller limits the time; whatever
    /// happens, only this socket is concerned.
    ///
    /// # Errors
    /// The client does not speak TLS, or no handshake came about.
    pub async fn accept(&self, socket: TcpStream) -> Result<TlsStream, HandshakeError> {
        let mut first = [0];
        match socket.peek(&mut first).await {
            Ok(0) => return Err(HandshakeError::Gone),
            Ok(_) if first[0] != HANDSHAKE_RECORD => return Err(HandshakeError::NotTls(socket)),
            Ok(_) => {}
            Err(error) => return Err(HandshakeError::Io(error)),
        }
        let config = Arc::clone(&self.state.lock().config);
        let session = ServerConnection::new(config)
            .map_err(|error| HandshakeError::Failed(error.to_string()))?;
        TlsStream::establish(socket, Box::new(session.into())).await
    }
}

impl fmt::Debug for Acceptor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Acceptor")
            .field("files", &self.files)
            .finish_non_exhaustive()
    }
}

fn read_all(files: &[CertificateFiles]) -> Result<Vec<Contents>, LoadError> {
    files.iter().map(Contents::read).collect()
}

fn build(
    files: &[CertificateFiles],
    contents: &[Contents],
    alpn: &[Vec<u8>],
    clock: &dyn Clock,
) -> Result<(Arc<ServerConfig>, Vec<String>), LoadError> {
    let certificates = Certificates::new(files, contents)?;
    let now = UnixTime::since_unix_epoch(Duration::from_millis(clock.unix_ms()));
    let warnings = certificates.warnings(files, now);
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .expect("the provider has suites for every version")
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(certificates));
    config.alpn_protocols = alpn.to_vec();
    Ok((Arc::new(config), warnings))
}
