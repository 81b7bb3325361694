//! What engines have kept, while none of them runs.

mod worker;

pub(crate) use worker::DataWorker;

use iii_backend_local::{Options, Store};
use std::path::{Path, PathBuf};

pub use iii_backend_local::{
    Backup, BackupError, CheckError, Checked, OpenError, RestoreError, check, restore,
};

/// The folder of durable data in a `data_dir`.
const STORE: &str = "store";

/// The folder of durable data in a `data_dir`.
pub fn folder(data_dir: &Path) -> PathBuf {
    data_dir.join(STORE)
}

/// Copies what is in a folder into another one.
///
/// # Errors
/// Somebody uses the folder, the other one has data already, or one of the two disks fails.
pub fn backup(folder: &Path, to: &Path) -> Result<Backup, BackupError> {
    Store::open(folder, Options::default())?.backup(to)
}
