//! `tests/required.toml`: what setup prepares, and which tests may not be skipped.

use crate::paths;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::fs;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Required {
    #[serde(default)]
    pub(crate) setup: Vec<Part>,
    #[serde(default)]
    pub(crate) test: Vec<Test>,
}

/// Something that tests need on the machine.
#[derive(Deserialize)]
pub(crate) struct Part {
    /// The name tests ask for it by.
    pub(crate) name: String,
    /// What needs it.
    pub(crate) why: String,
    /// Whether failing to prepare it, with its registry in reach, is a failure and no skip.
    pub(crate) required: bool,
    #[serde(flatten)]
    pub(crate) kind: Kind,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Kind {
    /// A Debian package, there already when `probe` ends with 0.
    Debian { package: String, probe: Vec<String> },
    /// A virtual environment of its own in the target folder with these requirements.
    Python { requirements: String },
    /// The dependencies of the `package.json` in this folder; with `build` also what its script
    /// of that name makes.
    Node {
        folder: String,
        #[serde(default)]
        build: bool,
    },
    /// A package outside the workspace, built into a folder of its own in the target folder.
    Cargo { manifest: String, target: String },
}

/// Tests that may be skipped only when something they need could not be prepared because its
/// registry was out of reach.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Test {
    /// The name in the skip log, or its beginning.
    pub(crate) name: String,
    /// Names of parts.
    pub(crate) needs: Vec<String>,
}

pub(crate) fn read() -> Result<Required> {
    let text = fs::read_to_string(paths::root().join("tests/required.toml"))?;
    toml::from_str(&text).context("`tests/required.toml`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_valid_and_tests_need_known_parts() {
        let required = read().expect("tests/required.toml is valid");
        for need in required.test.iter().flat_map(|test| &test.needs) {
            assert!(
                required.setup.iter().any(|part| part.name == *need),
                "{need}"
            );
        }
    }
}
