//! What the stories have in common.

use crate::{process, server::Server};
use anyhow::{Result, ensure};
use std::path::PathBuf;
use std::process::Command;

pub(super) fn title(text: &str) {
    println!("\n== {text}");
}

pub(super) fn stop(name: &str, server: Server) -> Result<()> {
    let status = server.terminate()?;
    println!("{name} ended with {status}");
    ensure!(status.success(), "{name} did not end in order");
    Ok(())
}

/// The `iii` command against the demo's engine.
pub(super) struct Iii {
    pub(super) binary: PathBuf,
    pub(super) folder: PathBuf,
    pub(super) url: String,
}

impl Iii {
    pub(super) fn run(&self, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(&self.binary);
        command
            .args(arguments)
            .args(["--url", &self.url])
            .current_dir(&self.folder);
        process::capture(&mut command)
    }
}
