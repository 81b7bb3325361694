//! The workspace's packages as `cargo metadata` knows them.

use anyhow::{Context, Result};
use cargo_metadata::{DependencyKind, MetadataCommand};
use std::path::Path;

/// A package of the workspace.
#[derive(Clone, Debug)]
pub(super) struct Package {
    /// Its folder from the root.
    pub(super) folder: String,
    pub(super) dependencies: Vec<Dependency>,
}

/// One direct dependency.
#[derive(Clone, Debug)]
pub(super) struct Dependency {
    pub(super) name: String,
    /// Its folder from the root, when it is a package of this workspace.
    pub(super) folder: Option<String>,
    /// Whether only tests and benches see it.
    pub(super) for_tests: bool,
}

pub(super) fn read(root: &Path) -> Result<Vec<Package>> {
    let mut command = MetadataCommand::new();
    command.manifest_path(root.join("Cargo.toml")).no_deps();
    let metadata = command.exec().context("`cargo metadata` failed")?;
    let from_root = |path: &Path| {
        let path = path.strip_prefix(&metadata.workspace_root).ok()?;
        Some(path.to_string_lossy().replace('\\', "/"))
    };
    let packages = metadata.packages.iter().map(|package| Package {
        folder: package
            .manifest_path
            .parent()
            .and_then(|folder| from_root(folder.as_std_path()))
            .unwrap_or_default(),
        dependencies: package
            .dependencies
            .iter()
            .map(|dependency| Dependency {
                name: dependency.name.clone(),
                folder: dependency
                    .path
                    .as_ref()
                    .and_then(|path| from_root(path.as_std_path())),
                for_tests: dependency.kind == DependencyKind::Development,
            })
            .collect(),
    });
    Ok(packages.collect())
}
