//! The client side.

use super::{HandshakeError, LoadError, TlsStream, certificates, provider};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpStream;

/// Dials TLS, and trusts whom the machine trusts. There is no way to trust everybody.
pub struct Connector {
    config: Arc<ClientConfig>,
}

impl Connector {
    /// Trusts the machine's authorities (those of `SSL_CERT_FILE` and `SSL_CERT_DIR` where these
    /// are set) and the certificates of the PEM file `ca_file`.
    ///
    /// # Errors
    /// `ca_file` cannot be used. Authorities of the machine that cannot are passed over.
    pub fn new(ca_file: Option<&Path>) -> Result<Self, LoadError> {
        let mut roots = RootCertStore::empty();
        if let Some(file) = ca_file {
            for certificate in certificates::chain(file, &certificates::read(file)?)? {
                roots
                    .add(certificate)
                    .map_err(|error| certificates::unusable(file, &error))?;
            }
        }
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("the provider has suites for every version")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            config: Arc::new(config),
        })
    }

    /// Asks for one of these protocols (ALPN), most wanted first.
    #[must_use]
    pub fn with_alpn(self, protocols: &[&str]) -> Self {
        let mut config = (*self.config).clone();
        config.alpn_protocols = protocols
            .iter()
            .map(|name| name.as_bytes().to_vec())
            .collect();
        Self {
            config: Arc::new(config),
        }
    }

    /// Shakes hands with the server called `host`: a name, or an address, which its certificate
    /// must then have. The caller limits the time.
    ///
    /// # Errors
    /// No handshake came about, or the certificate is not to be trusted.
    pub async fn connect(
        &self,
        socket: TcpStream,
        host: &str,
    ) -> Result<TlsStream, HandshakeError> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| HandshakeError::Failed(format!("`{host}` is no host name")))?;
        let session = ClientConnection::new(Arc::clone(&self.config), name)
            .map_err(|error| HandshakeError::Failed(error.to_string()))?;
        TlsStream::establish(socket, Box::new(session.into())).await
    }
}
