//! Commands in other languages.

use anyhow::{Context, Result, bail};
use iii_testkit::{iii_binary, prepared};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of an SDK.
pub(crate) fn sdk(language: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("../../sdk").join(language)
}

/// `npm` in a folder, which sees neither a registry nor the machine's own settings.
pub(crate) fn npm(folder: &Path, arguments: &[&str]) -> Result<Command, String> {
    prepared("typescript")?;
    Ok(with_engine("npm", folder, arguments))
}

/// The interpreter of the Python SDK's environment.
pub(crate) fn python(folder: &Path, arguments: &[&str]) -> Result<Command, String> {
    let interpreter = prepared("python-sdk")?;
    let mut command = with_engine(&interpreter.to_string_lossy(), folder, arguments);
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    Ok(command)
}

/// A command that finds the engine under test.
fn with_engine(program: &str, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(folder)
        .env("III_BIN", iii_binary());
    for name in ["III_URL", "III_TOKEN", "III_WORKER_NAME", "III_NAMESPACE"] {
        command.env_remove(name);
    }
    command
}

/// Runs to the end; what it said on stdout.
pub(crate) fn run(mut command: Command) -> Result<String> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        bail!("{command:?}: {}\n{stdout}\n{stderr}", output.status);
    }
    Ok(stdout)
}
