//! `xtask/tidy.toml`.

use anyhow::{Context, Result};
use serde::Deserialize;
use std::{fs, path::Path};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    pub(super) core: Core,
    pub(super) engine_words: EngineWords,
    pub(super) machine_paths: MachinePaths,
    pub(super) layer: Vec<Layer>,
    #[serde(default, rename = "exception")]
    pub(super) exceptions: Vec<Exception>,
}

/// What the sans-I/O core must not name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Core {
    pub(super) folder: String,
    pub(super) words: Vec<BannedWord>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BannedWord {
    pub(super) word: String,
    pub(super) reason: String,
}

/// What the engine must not know. See `words.rs` for where each list is looked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EngineWords {
    pub(super) folder: String,
    pub(super) workers: Vec<String>,
    pub(super) wire_fields: Vec<String>,
    pub(super) literals: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MachinePaths {
    pub(super) prefixes: Vec<String>,
}

/// Which workspace folders the packages of one folder may depend on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Layer {
    /// A folder, or `parent/*`.
    pub(super) folder: String,
    /// Folders in the same notation; `*` alone is everything.
    pub(super) may_use: Vec<String>,
    /// In addition, for tests and benches.
    #[serde(default)]
    pub(super) tests_may_use: Vec<String>,
    /// Packages from outside that must not appear.
    #[serde(default)]
    pub(super) never: Vec<String>,
}

/// A problem that is accepted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Exception {
    pub(super) rule: String,
    pub(super) path: String,
    /// Only problems whose text contains this; absent means all of that rule in that file.
    pub(super) item: Option<String>,
    /// Why this is right as it is.
    pub(super) reason: String,
}

impl Settings {
    pub(super) fn read(root: &Path) -> Result<Self> {
        let text = fs::read_to_string(root.join("xtask/tidy.toml"))?;
        toml::from_str(&text).context("`xtask/tidy.toml`")
    }
}
