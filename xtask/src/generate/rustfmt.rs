//! Generated Rust passes through the pinned rustfmt.

use crate::paths;
use anyhow::{Context, Result, ensure};
use std::{
    io::Write,
    process::{Command, Stdio},
};

pub(super) fn format(source: &str) -> Result<String> {
    let mut child = Command::new("rustfmt")
        .arg("--config-path")
        .arg(paths::root())
        .arg("--edition=2024")
        .current_dir(paths::root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("rustfmt does not start; `rustup component add rustfmt`")?;
    let mut input = child.stdin.take().context("rustfmt has no stdin")?;
    input.write_all(source.as_bytes())?;
    drop(input);
    let output = child.wait_with_output()?;
    ensure!(
        output.status.success(),
        "rustfmt refused the generated source:\n{source}"
    );
    Ok(String::from_utf8(output.stdout)?)
}
