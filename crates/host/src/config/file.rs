//! Which file is read, and its bytes.

use super::error::{Error, Problem};
use std::io::Read;
use std::path::{Path, PathBuf};

/// The names that are tried in the working folder, in this order, when none is given.
pub const DEFAULT_NAMES: [&str; 2] = ["iii-config.yaml", "config.yaml"];

/// Largest configuration file, in bytes.
const FILE_BYTES_MAX: usize = 1 << 20;

/// A configuration file: its name and its text at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Where it is, as the user named it.
    pub path: PathBuf,
    /// What it says.
    pub text: String,
}

impl File {
    /// Finds the file in `folder` under one of the [`DEFAULT_NAMES`].
    pub fn find(folder: &Path) -> Option<PathBuf> {
        DEFAULT_NAMES
            .iter()
            .map(|name| folder.join(name))
            .find(|path| path.is_file())
    }

    /// Reads a file.
    ///
    /// # Errors
    /// It is not there or not readable, is larger than 1 MiB, or is not UTF-8.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let refuse = |problem: Problem| problem.of_source(&path.display().to_string());
        let text = read_bounded(path).map_err(|error| {
            let reason = error.to_string();
            refuse(Problem::Unreadable { reason })
        })?;
        if text.len() > FILE_BYTES_MAX {
            return Err(refuse(Problem::TooMuch {
                what: "bytes",
                limit: FILE_BYTES_MAX,
            }));
        }
        let path = path.to_owned();
        Ok(Self { path, text })
    }

    /// The folder that relative paths in the file start from.
    pub fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(folder) => folder,
            None => Path::new(""),
        }
    }
}

fn read_bounded(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    std::fs::File::open(path)?
        .take(FILE_BYTES_MAX as u64 + 1)
        .read_to_string(&mut text)?;
    Ok(text)
}
