//! The catalogues as they stand in `protocol/`, in their order there.

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use std::{collections::BTreeSet, fs, path::Path};

/// One error code of `protocol/errors.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ErrorEntry {
    /// The table's key, from which the Rust variant is named.
    pub(super) key: String,
    /// The code on the wire: `wire`, or else the key.
    pub(super) wire: String,
    pub(super) meaning: String,
    pub(super) hint: String,
    pub(super) retryable: bool,
}

/// One limit of `protocol/limits.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LimitEntry {
    pub(super) key: String,
    pub(super) default: u64,
    pub(super) doc: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ErrorTable {
    wire: Option<String>,
    meaning: String,
    hint: String,
    retryable: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitTable {
    default: u64,
    doc: String,
}

pub(super) fn errors(path: &Path) -> Result<Vec<ErrorEntry>> {
    let entries = tables(path)?.into_iter().map(|(key, value)| {
        let table: ErrorTable = value
            .try_into()
            .with_context(|| format!("`{key}` in `{}`", path.display()))?;
        Ok(ErrorEntry {
            wire: table.wire.unwrap_or_else(|| key.clone()),
            key,
            meaning: table.meaning,
            hint: table.hint,
            retryable: table.retryable,
        })
    });
    let entries = entries.collect::<Result<Vec<_>>>()?;
    let mut seen = BTreeSet::new();
    for entry in &entries {
        ensure!(
            seen.insert(&entry.wire),
            "wire code `{}` stands twice",
            entry.wire
        );
    }
    Ok(entries)
}

pub(super) fn limits(path: &Path) -> Result<Vec<LimitEntry>> {
    let entries = tables(path)?.into_iter().map(|(key, value)| {
        let table: LimitTable = value
            .try_into()
            .with_context(|| format!("`{key}` in `{}`", path.display()))?;
        Ok(LimitEntry {
            key,
            default: table.default,
            doc: table.doc,
        })
    });
    entries.collect()
}

/// The top-level tables of a file, in file order.
fn tables(path: &Path) -> Result<Vec<(String, toml::Value)>> {
    let text = fs::read_to_string(path).with_context(|| format!("no `{}`", path.display()))?;
    let table: toml::Table =
        toml::from_str(&text).with_context(|| format!("`{}`", path.display()))?;
    Ok(table.into_iter().collect())
}
