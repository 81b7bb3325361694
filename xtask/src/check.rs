//! `cargo xtask check`: everything that needs no test to run.

use crate::{process, tidy};
use anyhow::Result;

pub(crate) fn run() -> Result<()> {
    format()?;
    clippy()?;
    tidy::run()
}

pub(crate) fn format() -> Result<()> {
    process::run(&mut process::cargo(&["fmt", "--all", "--check"]))
}

pub(crate) fn clippy() -> Result<()> {
    let arguments = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ];
    process::run(&mut process::cargo(&arguments))
}
