//! The dependencies of a Node package, beside its `package.json`.

use super::Failure;
use crate::{paths, process};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

pub(super) fn prepare(folder: &str, build: bool) -> Result<PathBuf, Failure> {
    let folder = paths::root().join(folder);
    install(&folder)?;
    if build {
        process::quiet(&mut npm(&folder, &["run", "build"])).map_err(Failure::local)?;
    }
    Ok(folder)
}

fn install(folder: &Path) -> Result<(), Failure> {
    let wanted = ["package.json", "package-lock.json"]
        .map(|name| fs::read_to_string(folder.join(name)).unwrap_or_default())
        .concat();
    if wanted.is_empty() {
        return Err(Failure::local(format!(
            "no package.json in `{}`",
            folder.display()
        )));
    }
    let stamp = folder.join("node_modules/.installed");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let install: &[&str] = if folder.join("package-lock.json").exists() {
        &["ci"]
    } else {
        &["install", "--no-package-lock"]
    };
    let quietly = ["--no-audit", "--no-fund", "--loglevel=error"];
    let mut command = npm(folder, install);
    process::quiet(command.args(quietly)).map_err(|error| Failure {
        reason: error.to_string(),
        reachable: process::succeeds(&mut npm(folder, &["view", "npm", "version"])),
    })?;
    fs::write(&stamp, wanted).map_err(Failure::local)
}

fn npm(folder: &Path, arguments: &[&str]) -> Command {
    let mut npm = Command::new("npm");
    npm.args(arguments).current_dir(folder);
    npm
}
