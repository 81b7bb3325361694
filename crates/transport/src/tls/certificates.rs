//! Certificates from files, and which of them answers for a name.

use super::{LoadError, provider};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{CertificateError, Error, InconsistentKeys, RootCertStore};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Largest certificate or key file that is read, in bytes.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// With less time than this left, a certificate is worth a warning.
const SOON: Duration = Duration::from_secs(7 * 24 * 3600);

/// A certificate and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFiles {
    /// PEM file with the server's certificate, then those between it and a root.
    pub cert: PathBuf,
    /// PEM file with the key of the first certificate: PKCS #8, PKCS #1 or SEC 1, not encrypted.
    pub key: PathBuf,
}

/// The bytes of one pair of files.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Contents {
    cert: Vec<u8>,
    key: Vec<u8>,
}

impl Contents {
    pub(super) fn read(files: &CertificateFiles) -> Result<Self, LoadError> {
        Ok(Self {
            cert: read(&files.cert)?,
            key: read(&files.key)?,
        })
    }
}

/// Reads a whole file, unless it is too large to be what it should be.
pub(super) fn read(file: &Path) -> Result<Vec<u8>, LoadError> {
    let unreadable = |reason: String| LoadError::Unreadable {
        file: file.to_owned(),
        reason,
    };
    let length = std::fs::metadata(file)
        .map_err(|error| unreadable(error.to_string()))?
        .len();
    if length > FILE_BYTES_MAX {
        return Err(unreadable(format!("it has {length} bytes")));
    }
    std::fs::read(file).map_err(|error| unreadable(error.to_string()))
}

/// The certificates of a PEM file.
pub(super) fn chain(file: &Path, bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, LoadError> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(bytes)
        .collect::<Result<_, _>>()
        .map_err(|error| unusable(file, &error))?;
    if chain.is_empty() {
        return Err(LoadError::Empty {
            file: file.to_owned(),
            wanted: "certificate",
        });
    }
    Ok(chain)
}

fn key(file: &Path, bytes: &[u8]) -> Result<PrivateKeyDer<'static>, LoadError> {
    PrivateKeyDer::from_pem_slice(bytes).map_err(|error| match error {
        pem::Error::NoItemsFound => LoadError::Empty {
            file: file.to_owned(),
            wanted: "private key without a passphrase",
        },
        other => unusable(file, &other),
    })
}

pub(super) fn unusable(file: &Path, reason: &dyn std::error::Error) -> LoadError {
    LoadError::Unusable {
        file: file.to_owned(),
        reason: reason.to_string(),
    }
}

/// The certificates of a listener.
#[derive(Debug)]
pub(super) struct Certificates {
    /// The first one answers for names that none has.
    keys: Vec<Arc<CertifiedKey>>,
}

impl Certificates {
    pub(super) fn new(
        files: &[CertificateFiles],
        contents: &[Contents],
    ) -> Result<Self, LoadError> {
        let keys = files.iter().zip(contents).map(|(files, contents)| {
            let chain = chain(&files.cert, &contents.cert)?;
            ParsedCertificate::try_from(&chain[0])
                .map_err(|error| unusable(&files.cert, &error))?;
            let key = key(&files.key, &contents.key)?;
            CertifiedKey::from_der(chain, key, &provider())
                .map(Arc::new)
                .map_err(|error| match error {
                    Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => LoadError::Mismatch {
                        cert: files.cert.clone(),
                        key: files.key.clone(),
                    },
                    other => unusable(&files.key, &other),
                })
        });
        Ok(Self {
            keys: keys.collect::<Result<_, _>>()?,
        })
    }

    /// What a client will, or will soon, hold against each certificate.
    pub(super) fn warnings(&self, files: &[CertificateFiles], now: UnixTime) -> Vec<String> {
        let soon = UnixTime::since_unix_epoch(Duration::from_secs(now.as_secs()) + SOON);
        let pairs = files.iter().zip(&self.keys);
        let warnings = pairs.filter_map(|(files, key)| {
            let problem = match (validity(key, now), validity(key, soon)) {
                (Some(reason), _) => format!("cannot be trusted: {reason}"),
                (None, Some(reason)) => format!("will soon be expired: {reason}"),
                (None, None) => return None,
            };
            Some(format!(
                "the certificate in `{}` {problem}",
                files.cert.display()
            ))
        });
        warnings.collect()
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let named = hello.server_name().and_then(|name| {
            let name = ServerName::try_from(name).ok()?;
            self.keys.iter().find(|key| answers_for(key, &name))
        });
        named.or_else(|| self.keys.first()).cloned()
    }
}

fn answers_for(key: &CertifiedKey, name: &ServerName<'_>) -> bool {
    key.end_entity_cert()
        .and_then(ParsedCertificate::try_from)
        .is_ok_and(|certificate| verify_server_name(&certificate, name).is_ok())
}

/// What is wrong with a certificate's dates. Verification looks at them before it looks for an
/// issuer, and without any issuer it comes to nothing else.
fn validity(key: &CertifiedKey, now: UnixTime) -> Option<String> {
    let certificate = ParsedCertificate::try_from(key.end_entity_cert().ok()?).ok()?;
    let nobody = RootCertStore::empty();
    let algorithms = provider().signature_verification_algorithms.all;
    let verified =
        verify_server_cert_signed_by_trust_anchor(&certificate, &nobody, &[], now, algorithms);
    match verified {
        Err(Error::InvalidCertificate(
            reason @ (CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. }),
        )) => Some(reason.to_string()),
        _ => None,
    }
}
