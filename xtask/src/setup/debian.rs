//! Debian packages: only on Debian, only as root, only when missing.

use super::Failure;
use crate::process;
use std::{
    path::{Path, PathBuf},
    process::Command,
};

pub(super) fn prepare(package: &str, probe: &[String]) -> Result<PathBuf, Failure> {
    if let Some(path) = found(probe) {
        return Ok(path);
    }
    if !Path::new("/usr/bin/apt-get").exists() {
        return Err(Failure::unfit(format!(
            "no apt-get here to install `{package}` with"
        )));
    }
    if !is_root() {
        return Err(Failure::unfit(format!(
            "run `apt-get install {package}` as root"
        )));
    }
    if let Err(error) = install(package) {
        let updated = process::quiet(&mut apt(&["update", "-q"]));
        let reachable = updated.is_ok_and(|said| !said.contains("Err:"));
        let retried = if reachable {
            install(package)
        } else {
            Err(error)
        };
        retried.map_err(|error| Failure {
            reason: error.to_string(),
            reachable,
        })?;
    }
    found(probe).ok_or_else(|| Failure::local(format!("`{package}` is installed but not found")))
}

impl Failure {
    /// Nothing this program could do, on this machine, whatever the registry says.
    fn unfit(reason: String) -> Self {
        Self {
            reason,
            reachable: false,
        }
    }
}

/// The program that the probe names, when the probe succeeds.
fn found(probe: &[String]) -> Option<PathBuf> {
    let (program, arguments) = probe.split_first()?;
    let there = process::succeeds(Command::new(program).args(arguments));
    there.then(|| PathBuf::from(program))
}

fn install(package: &str) -> anyhow::Result<String> {
    let arguments = [
        "install",
        "-qq",
        "--yes",
        "--no-install-recommends",
        package,
    ];
    process::quiet(&mut apt(&arguments))
}

fn apt(arguments: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn is_root() -> bool {
    let id = process::capture(Command::new("id").arg("-u"));
    id.is_ok_and(|id| id.trim() == "0")
}
