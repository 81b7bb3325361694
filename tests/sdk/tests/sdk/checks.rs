//! What each SDK checks about itself: types, style, unit tests, its package.

use crate::command::{npm, python, run, sdk};
use anyhow::Result;
use iii_testkit::{prepared, skip};
use std::process::Command;

/// Runs a command of a language that may not be prepared here.
fn hold(command: Result<Command, String>) -> Result<()> {
    match command {
        Ok(command) => run(command).map(drop),
        Err(reason) => {
            skip(&reason);
            Ok(())
        }
    }
}

#[test]
fn typescript_holds_its_own_checks() -> Result<()> {
    hold(npm(&sdk("typescript"), &["run", "check"]))
}

#[test]
fn python_holds_its_tests() -> Result<()> {
    hold(python(
        &sdk("python"),
        &["-m", "pytest", "-p", "no:cacheprovider"],
    ))
}

#[test]
fn python_holds_its_types() -> Result<()> {
    // Unless it is told, pyright looks for packages in another environment than the one it is in.
    let interpreter = prepared("python-sdk").unwrap_or_default();
    let interpreter = interpreter.to_string_lossy();
    let arguments = ["-m", "pyright", "--pythonpath", &interpreter];
    hold(python(&sdk("python"), &arguments))
}

#[test]
fn python_holds_its_style() -> Result<()> {
    hold(python(
        &sdk("python"),
        &["-m", "ruff", "check", "--no-cache", "."],
    ))?;
    hold(python(
        &sdk("python"),
        &["-m", "ruff", "format", "--no-cache", "--check", "."],
    ))
}
