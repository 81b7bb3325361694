//! The program of the published Rust client, which is a workspace of its own.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where this workspace is built.
///
/// # Errors
/// This program does not lie there.
pub fn target_folder() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    // TARGET/PROFILE/deps/PROGRAM
    let folder = program.ancestors().nth(3).context("a target folder")?;
    Ok(folder.to_owned())
}

/// Runs `cargo build`.
///
/// # Errors
/// What the build said.
pub fn cargo_build(manifest: &Path, arguments: &[&str]) -> Result<()> {
    let output = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--manifest-path"])
        .arg(manifest)
        .args(arguments)
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    bail!("{}", String::from_utf8_lossy(&output.stderr))
}
