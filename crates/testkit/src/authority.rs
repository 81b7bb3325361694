//! Certificates that a test makes itself.

use iii_transport::tls::CertificateFiles;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

/// A certificate authority of a test, with its files in a folder that ends with it.
pub struct Authority {
    folder: TempDir,
    issuer: Issuer<'static, KeyPair>,
    issued: AtomicUsize,
}

impl Authority {
    /// A new authority that nobody knows yet.
    ///
    /// # Panics
    /// The system refuses files or randomness.
    pub fn new() -> Self {
        match Self::make() {
            Ok(authority) => authority,
            Err(error) => panic!("no certificate authority: {error}"),
        }
    }

    fn make() -> Result<Self, Box<dyn std::error::Error>> {
        let folder = TempDir::new()?;
        let mut params = CertificateParams::new([])?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let name = folder.path().display().to_string();
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?;
        std::fs::write(folder.path().join("ca.pem"), certificate.pem())?;
        Ok(Self {
            folder,
            issuer: Issuer::new(params, key),
            issued: AtomicUsize::new(0),
        })
    }

    /// The folder of all its files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its own certificate, for those who shall trust it.
    pub fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A certificate for these host names and addresses. It ends in the year 4096.
    ///
    /// # Panics
    /// The system refuses files or randomness.
    pub fn issue(&self, names: &[&str]) -> CertificateFiles {
        let number = self.issued.fetch_add(1, Ordering::Relaxed);
        let file = |kind: &str| self.folder.path().join(format!("{number}.{kind}.pem"));
        let files = CertificateFiles {
            cert: file("cert"),
            key: file("key"),
        };
        self.issue_again(&files, names);
        files
    }

    /// Replaces files by those of a new certificate: first the chain, then the key.
    ///
    /// # Panics
    /// The system refuses files or randomness.
    pub fn issue_again(&self, files: &CertificateFiles, names: &[&str]) {
        let issued = || -> Result<(), Box<dyn std::error::Error>> {
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            let mut params = CertificateParams::new(names)?;
            params.use_authority_key_identifier_extension = true;
            let server = ExtendedKeyUsagePurpose::ServerAuth;
            params.extended_key_usages.push(server);
            let key = KeyPair::generate()?;
            let certificate = params.signed_by(&key, &self.issuer)?;
            std::fs::write(&files.cert, certificate.pem())?;
            std::fs::write(&files.key, key.serialize_pem())?;
            Ok(())
        };
        if let Err(error) = issued() {
            panic!("no certificate for {names:?}: {error}");
        }
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}
