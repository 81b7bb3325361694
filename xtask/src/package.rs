//! `cargo xtask package`: the packages of the SDKs, and an `iii` that carries them.

use crate::setup::report::Report;
use crate::{env, paths, process, setup};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The time that every entry of the wheel bears: packages of the same sources are the same bytes.
const ENTRY_TIME: &str = "1577836800";
/// Parts of setup that building the packages needs.
pub(crate) const PARTS: [&str; 2] = ["typescript", "python-sdk"];

pub(crate) fn run() -> Result<()> {
    let report = setup::prepare()?;
    if !is_possible(&report) {
        bail!(
            "{} have to be prepared first: see above",
            PARTS.join(" and ")
        );
    }
    build(&report)?;
    let mut release = process::cargo(&["build", "--release", "-p", "iii-cli"]);
    embed(&mut release)?;
    process::run(&mut release)?;
    let mut list = Command::new(paths::target()?.join("release/iii"));
    print!("{}", process::capture(list.args(["sdk", "list"]))?);
    Ok(())
}

/// Whether the tools that build the packages are here.
pub(crate) fn is_possible(report: &Report) -> bool {
    PARTS.iter().all(|part| report.ready(part).is_some())
}

/// Builds both packages, and nothing else lies in their folder.
pub(crate) fn build(report: &Report) -> Result<()> {
    let [typescript, python] = PARTS.map(|part| report.ready(part).context(part));
    let folder = folder()?;
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    npm_package(typescript?, &folder)?;
    wheel(python?, &folder)
}

/// Lets a build embed the packages, if there are any.
pub(crate) fn embed(build: &mut Command) -> Result<()> {
    let folder = folder()?;
    if folder.exists() {
        build.env(env::SDK_PACKAGES, folder);
    }
    Ok(())
}

fn folder() -> Result<PathBuf> {
    Ok(paths::target()?.join("packages"))
}

fn npm_package(sources: &Path, to: &Path) -> Result<()> {
    let mut pack = Command::new("node");
    pack.arg("tools/pack.mjs").arg(to);
    process::quiet(pack.current_dir(sources)).map(drop)
}

fn wheel(python: &Path, to: &Path) -> Result<()> {
    let mut build = Command::new(python);
    build.args([
        "-m",
        "hatchling",
        "build",
        "--target",
        "wheel",
        "--directory",
    ]);
    build.arg(to).env(env::SOURCE_DATE_EPOCH, ENTRY_TIME);
    process::quiet(build.current_dir(paths::root().join("sdk/python"))).map(drop)
}
