//! The commands of the drivers.

use iii_testkit::prepared;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A driver that there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    Rust,
    Node,
    Browser,
    Python,
}

impl Program {
    pub(crate) const ALL: [Self; 4] = [Self::Rust, Self::Node, Self::Browser, Self::Python];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Node => "node",
            Self::Browser => "browser",
            Self::Python => "python",
        }
    }

    /// How it is started, or why it cannot be here.
    pub(crate) fn command(self) -> Result<Command, String> {
        match self {
            Self::Rust => Ok(Command::new(env!("CARGO_BIN_EXE_iii-conformance-rust"))),
            Self::Node => {
                prepared("typescript")?;
                Ok(node("node/main.mjs"))
            }
            Self::Browser => {
                prepared("typescript")?;
                let chromium = prepared("chromium")?;
                let mut command = node("browser/main.mjs");
                command.env("CHROMIUM", chromium);
                Ok(command)
            }
            Self::Python => {
                let mut command = Command::new(prepared("python-sdk")?);
                command
                    .arg(script("python/main.py"))
                    .env("PYTHONDONTWRITEBYTECODE", "1");
                Ok(command)
            }
        }
    }
}

fn node(path: &str) -> Command {
    let mut command = Command::new("node");
    command.arg(script(path));
    command
}

/// A file below `drivers/`.
fn script(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("drivers")
        .join(path)
}
