//! A package outside the workspace, built ahead of the tests that run it, because a build of
//! hundreds of crates is no part of what a test may take.

use super::Failure;
use crate::{paths, process};
use std::path::PathBuf;

pub(super) fn prepare(manifest: &str, target: &str) -> Result<PathBuf, Failure> {
    let target = paths::target().map_err(Failure::local)?.join(target);
    let mut fetch = process::cargo(&["fetch", "--quiet", "--manifest-path", manifest]);
    // Fetching is all that the registry has a part in, and does nothing when all is here.
    process::capture(&mut fetch).map_err(|error| Failure {
        reason: error.to_string(),
        reachable: process::succeeds(&mut process::cargo(&["search", "--limit", "1", "serde"])),
    })?;
    let mut build = process::cargo(&["build", "--quiet", "--manifest-path", manifest]);
    process::quiet(build.arg("--target-dir").arg(&target)).map_err(Failure::local)?;
    Ok(target)
}
