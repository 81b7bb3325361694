//! A Python environment of our own in the target folder.

use super::Failure;
use crate::{paths, process};
use std::{fs, path::PathBuf, process::Command};

/// `name` is that of the folder: parts do not share one, so that none gets another's versions.
pub(super) fn prepare(name: &str, requirements: &str) -> Result<PathBuf, Failure> {
    let list = paths::root().join(requirements);
    let wanted = fs::read_to_string(&list)
        .map_err(|error| Failure::local(format!("`{requirements}`: {error}")))?;
    let folder = paths::target().map_err(Failure::local)?.join(name);
    let python = folder.join("bin/python");
    let stamp = folder.join("installed-requirements.txt");
    if python.exists() && fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv", "--clear"]).arg(&folder);
    process::quiet(&mut venv).map_err(Failure::local)?;
    let mut install = pip(&python, &["install", "--quiet", "--requirement"]);
    process::quiet(install.arg(&list)).map_err(|error| Failure {
        reason: error.to_string(),
        reachable: process::succeeds(&mut pip(&python, &["index", "versions", "pip"])),
    })?;
    fs::write(&stamp, wanted).map_err(Failure::local)?;
    Ok(python)
}

fn pip(python: &PathBuf, arguments: &[&str]) -> Command {
    let mut command = Command::new(python);
    command.args([
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--no-input",
        "--retries",
        "2",
    ]);
    command.args(arguments);
    command
}
