//! Programs that are built on demand.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// One build at a time: the tests of a target run in parallel.
static BUILD: Mutex<()> = Mutex::new(());

/// Makes the engine's binary if it is not there or out of date, so that the tests of this package
/// alone do not run against an old one.
///
/// # Errors
/// What the build said.
pub fn build_engine() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut arguments = vec!["--package", "iii-cli", "--bin", "iii"];
    if profile_folder()?.ends_with("release") {
        arguments.push("--release");
    }
    cargo_build(&root.join("Cargo.toml"), &arguments)
}

/// Where this workspace is built.
///
/// # Errors
/// This program does not lie there.
pub fn target_folder() -> Result<PathBuf> {
    let profile = profile_folder()?;
    Ok(profile.parent().context("a target folder")?.to_owned())
}

/// `target/debug`, or whichever this program was built in.
fn profile_folder() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let deps = program.parent().context("a folder")?;
    Ok(deps.parent().context("a profile folder")?.to_owned())
}

/// Runs `cargo build`.
///
/// # Errors
/// What the build said.
pub fn cargo_build(manifest: &Path, arguments: &[&str]) -> Result<()> {
    let _one_at_a_time = BUILD.lock();
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
