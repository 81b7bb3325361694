//! The files that are, or are about to be, under version control.

use anyhow::{Context, Result, ensure};
use std::{collections::BTreeMap, fs, path::Path, process::Command};

/// Paths from the root, with `/`, to contents.
#[derive(Default)]
pub(super) struct Repository {
    files: BTreeMap<String, Vec<u8>>,
}

impl Repository {
    /// Tracked files, and new ones that are not ignored.
    pub(super) fn open(root: &Path) -> Result<Self> {
        let output = Command::new("git")
            .args([
                "ls-files",
                "-z",
                "--cached",
                "--others",
                "--exclude-standard",
            ])
            .current_dir(root)
            .output()
            .context("git does not start")?;
        ensure!(output.status.success(), "`git ls-files` failed");
        let mut repository = Self::default();
        for path in String::from_utf8(output.stdout)?.split_terminator('\0') {
            // A file deleted but not yet staged is listed and cannot be read, nor can a link to a
            // folder; neither is anything to check.
            if let Ok(bytes) = fs::read(root.join(path)) {
                repository.files.insert(path.to_owned(), bytes);
            }
        }
        Ok(repository)
    }

    #[cfg(test)]
    pub(super) fn insert(&mut self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.files.insert(path.to_owned(), bytes.into());
    }

    pub(super) fn contains(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// True for a folder that holds a file, at any depth.
    pub(super) fn has_folder(&self, path: &str) -> bool {
        let inside = format!("{}/", path.trim_end_matches('/'));
        let mut after = self.files.range(inside.clone()..);
        after
            .next()
            .is_some_and(|(file, _)| file.starts_with(&inside))
    }

    pub(super) fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let files = self.files.iter();
        files.map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }

    /// The files that are UTF-8.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files()
            .filter_map(|(path, bytes)| Some((path, str::from_utf8(bytes).ok()?)))
    }

    pub(super) fn text(&self, path: &str) -> Option<&str> {
        str::from_utf8(self.files.get(path)?).ok()
    }

    /// The Rust sources.
    pub(super) fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts().filter(|(path, _)| extension(path) == "rs")
    }
}

/// What follows the last dot of the file name, or nothing.
pub(super) fn extension(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or("", |(_, extension)| extension)
}

/// The folder a path lies in, empty at the root.
pub(super) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// `path` as seen from `folder`, with `.` and `..` resolved; none when it leaves the root.
pub(super) fn join(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_paths_are_resolved_and_stay_inside() {
        assert_eq!(join("docs/guides", "../a.md").as_deref(), Some("docs/a.md"));
        assert_eq!(join("", "./a/b").as_deref(), Some("a/b"));
        assert_eq!(join("docs", "../../a"), None);
    }

    #[test]
    fn folders_are_known_by_their_files() {
        let mut repository = Repository::default();
        repository.insert("a/b/c.rs", "");
        assert!(repository.has_folder("a") && repository.has_folder("a/b/"));
        assert!(!repository.has_folder("a/b/c.rs") && !repository.has_folder("a/bb"));
    }
}
