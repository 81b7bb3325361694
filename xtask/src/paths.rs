//! Where things are in the repository.

use std::path::{Path, PathBuf};

/// The root of the repository, from where this crate was built.
pub(crate) fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_path_buf()
}
