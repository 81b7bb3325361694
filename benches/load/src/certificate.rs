//! `certificate`: one for 127.0.0.1 and localhost that nobody has to be asked for.

use anyhow::Result;
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair};
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// where `cert.pem` and `key.pem` are written
    #[arg(long)]
    folder: PathBuf,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    make(&options.folder)
}

pub(crate) fn make(folder: &Path) -> Result<()> {
    let names = ["127.0.0.1", "localhost"].map(str::to_owned);
    let mut params = CertificateParams::new(names)?;
    let server = ExtendedKeyUsagePurpose::ServerAuth;
    params.extended_key_usages.push(server);
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    std::fs::write(folder.join("cert.pem"), certificate.pem())?;
    Ok(std::fs::write(folder.join("key.pem"), key.serialize_pem())?)
}
