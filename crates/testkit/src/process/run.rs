//! Commands that end by themselves.

use super::binary::iii_binary;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// What a command said and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    /// Its exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// Its data.
    pub stdout: String,
    /// Its talk.
    pub stderr: String,
}

/// Runs `iii` with these arguments in `folder`, with `stdin` as its input.
///
/// # Panics
/// It cannot be run at all.
pub fn iii(folder: &Path, arguments: &[&str], stdin: &str) -> Ran {
    match run(folder, arguments, stdin) {
        Ok(ran) => ran,
        Err(error) => panic!("cannot run `iii`: {error}"),
    }
}

fn run(folder: &Path, arguments: &[&str], stdin: &str) -> std::io::Result<Ran> {
    let mut child = command(folder)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut input) = child.stdin.take() {
        // A command that does not read its input is no error here.
        let _ = input.write_all(stdin.as_bytes());
    }
    let output = child.wait_with_output()?;
    Ok(Ran {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// The binary in a folder, without what the caller's environment would change about it.
pub(super) fn command(folder: &Path) -> Command {
    let mut command = Command::new(iii_binary());
    command.current_dir(folder);
    let own = [
        "III_URL",
        "III_TOKEN",
        "III_CA_FILE",
        "III_NAMESPACE",
        "III_LOG",
    ];
    for name in own {
        command.env_remove(name);
    }
    command
}
