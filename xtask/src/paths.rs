//! Where things are in the repository.

use crate::env;
use anyhow::{Context, Result};
use cargo_metadata::MetadataCommand;
use std::path::{Path, PathBuf};

/// The root of the repository, from where this crate was built.
pub(crate) fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_path_buf()
}

/// The folder that cargo builds into.
pub(crate) fn target() -> Result<PathBuf> {
    let mut command = MetadataCommand::new();
    command.cargo_path(env::cargo());
    command.manifest_path(root().join("Cargo.toml")).no_deps();
    let metadata = command.exec().context("`cargo metadata` failed")?;
    Ok(metadata.target_directory.into_std_path_buf())
}
