//! Programs that measure and are no part of this repository.

use crate::process;
use anyhow::{Context, Result, bail};
use std::{
    io::ErrorKind,
    process::{Command, Stdio},
};

/// Runs to the end; gives what it wrote to stdout.
pub(super) fn run(command: &mut Command) -> Result<String> {
    let output = match command.stdin(Stdio::null()).output() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let program = command.get_program().display();
            bail!("there is no `{program}`; `cargo xtask setup` installs it");
        }
        output => output.with_context(|| process::shown(command))?,
    };
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        let shown = process::shown(command);
        bail!(
            "`{shown}` ended with {}: {}",
            output.status,
            complaint.trim()
        );
    }
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_misses_a_program_is_told_where_it_comes_from() {
        let error = run(&mut Command::new("no-such-program-here")).unwrap_err();
        assert!(error.to_string().contains("cargo xtask setup"), "{error}");
    }
}
