//! The programs, one for each language, on the published package and on ours in its place.

use anyhow::Result;
use iii_compat::{cargo_build, target_folder};
use iii_testkit::{prepared, skip};
use std::path::{Path, PathBuf};
use std::process::Command;
use tokio::sync::Mutex;

/// Where the programs are.
fn folder(language: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(language)
}

/// The program of the Python client, or nothing after a word about why.
pub(crate) fn python() -> Option<Command> {
    let interpreter = prepared("python").map_err(|reason| skip(&reason)).ok()?;
    let mut command = Command::new(interpreter);
    command
        .arg(folder("python").join("main.py"))
        .env("PYTHONDONTWRITEBYTECODE", "1");
    Some(command)
}

/// The same on iii-kit, by changing the import.
pub(crate) fn python_on_iii_kit() -> Option<Command> {
    let mut command = python()?;
    command
        .env("III_PACKAGE", "iii_kit")
        .env("PYTHONPATH", folder("../../sdk/python/src"))
        .env("III_ENV", "development");
    Some(command)
}

/// The program of the Node client, or nothing after a word about why.
pub(crate) fn node() -> Option<Command> {
    prepared("node").map_err(|reason| skip(&reason)).ok()?;
    let mut command = Command::new("node");
    command.arg(folder("node").join("main.mjs"));
    Some(command)
}

/// The same on iii-kit, by changing the import.
pub(crate) fn node_on_iii_kit() -> Option<Command> {
    for part in ["node", "typescript"] {
        prepared(part).map_err(|reason| skip(&reason)).ok()?;
    }
    let mut command = Command::new("node");
    command
        .arg("--import")
        .arg(folder("node").join("resolve.mjs"))
        .arg(folder("node").join("main.mjs"))
        .env("III_COMPAT_PACKAGE", folder("../../sdk/typescript"))
        // The published package always sends stacks; ours does in development.
        .env("NODE_ENV", "development");
    Some(command)
}

/// The program in Rust on the published packages, and on what iii-kit offers in their place.
pub(crate) async fn rust() -> Result<[Command; 2]> {
    /// One test builds, the other finds it built.
    static BUILDING: Mutex<()> = Mutex::const_new(());
    let target = target_folder()?.join("compat-rust");
    {
        let _building = BUILDING.lock().await;
        let arguments = ["--target-dir", target.to_str().unwrap_or_default()];
        cargo_build(&folder("rust/Cargo.toml"), &arguments)?;
    }
    let program = |name: &str| Command::new(target.join("debug").join(name));
    Ok(["iii-compat-rust", "iii-compat-rust-kit"].map(program))
}
