//! Debian packages: only on Debian, only as root, only when missing.

use super::Failure;
use crate::process;
use std::{
    fs::{self, File, Permissions},
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

/// What decides whether a package may start its service. One that is there stays as it is.
const POLICY: &str = "/usr/sbin/policy-rc.d";
/// Never.
const NO_SERVICES: &str = "#!/bin/sh\nexit 101\n";

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

/// While it lives, packages start no services: tests start what they need, and end it.
struct Quiet {
    is_ours: bool,
}

impl Quiet {
    fn new() -> Self {
        let made = File::create_new(POLICY).and_then(|mut file| {
            file.write_all(NO_SERVICES.as_bytes())?;
            file.set_permissions(Permissions::from_mode(0o755))
        });
        Self {
            is_ours: made.is_ok(),
        }
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        if self.is_ours {
            fs::remove_file(POLICY).ok();
        }
    }
}

fn install(package: &str) -> anyhow::Result<String> {
    let _quiet = Quiet::new();
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
