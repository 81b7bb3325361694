//! `cargo xtask gen`: the catalogues of `protocol/*.toml` as Rust, TypeScript and Python.
//!
//! Each language has one file here that turns a parsed catalogue into text. Rust output passes
//! through rustfmt, so `cargo fmt --check` agrees with it.

mod catalogue;
mod python;
mod rust_errors;
mod rust_limits;
mod rustfmt;
mod text;
mod typescript;

use crate::paths;
use anyhow::{Context, Result, bail};
use std::{fs, path::Path};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Write nothing; fail when a generated file differs from its source
    #[arg(long)]
    check: bool,
}

/// One generated file: its path from the repository's root, and its text.
pub(crate) struct Generated {
    pub(crate) path: &'static str,
    pub(crate) text: String,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let root = paths::root();
    if options.check {
        let stale = stale(&root)?;
        if !stale.is_empty() {
            bail!("not fresh, run `cargo xtask gen`: {}", stale.join(", "));
        }
        return Ok(());
    }
    for file in all(&root)? {
        let path = root.join(file.path);
        if fs::read_to_string(&path).is_ok_and(|old| old == file.text) {
            continue;
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, file.text).with_context(|| format!("cannot write `{}`", file.path))?;
        eprintln!("wrote {}", file.path);
    }
    Ok(())
}

/// The generated files whose text on disk is not what their source asks for.
pub(crate) fn stale(root: &Path) -> Result<Vec<&'static str>> {
    let files = all(root)?.into_iter();
    let differs = |file: &Generated| {
        fs::read_to_string(root.join(file.path)).map_or(true, |text| text != file.text)
    };
    Ok(files.filter(differs).map(|file| file.path).collect())
}

/// Every generated file, in memory.
fn all(root: &Path) -> Result<Vec<Generated>> {
    let errors = catalogue::errors(&root.join("protocol/errors.toml"))?;
    let limits = catalogue::limits(&root.join("protocol/limits.toml"))?;
    Ok(vec![
        Generated {
            path: "crates/protocol/src/error_code.rs",
            text: rustfmt::format(&rust_errors::render(&errors))?,
        },
        Generated {
            path: "crates/protocol/src/limits.rs",
            text: rustfmt::format(&rust_limits::render(&limits))?,
        },
        Generated {
            path: "protocol/generated/errors.ts",
            text: typescript::render(&errors),
        },
        Generated {
            path: "protocol/generated/errors.py",
            text: python::render(&errors),
        },
    ])
}
