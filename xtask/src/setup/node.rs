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
    // `npm ci` refuses a list that lacks packages of other systems, which a registry may not have;
    // they are optional, and `npm install` takes the versions of the list just the same.
    let attempts: &[&[&str]] = if folder.join("package-lock.json").exists() {
        &[&["ci"], &["install", "--no-save"]]
    } else {
        &[&["install", "--no-package-lock"]]
    };
    let quietly = ["--no-audit", "--no-fund", "--loglevel=error"];
    let mut attempts = attempts.iter().map(|install| {
        let mut command = npm(folder, install);
        process::quiet(command.args(quietly))
    });
    let mut installed = attempts.next().unwrap_or_else(|| Ok(String::new()));
    if installed.is_err() {
        installed = attempts.next().unwrap_or(installed);
    }
    installed.map_err(|error| Failure {
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
