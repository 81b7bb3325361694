//! What the tests of the rules are fed with.

use super::{Input, packages::Package, repository::Repository, settings::Settings};

/// A repository of the given files under the real settings, without their exceptions.
pub(super) fn input(files: &[(&str, &str)]) -> Input {
    let mut repository = Repository::default();
    for (path, text) in files {
        repository.insert(path, *text);
    }
    let mut settings = Settings::read(&crate::paths::root()).expect("tidy.toml is valid");
    settings.exceptions.clear();
    Input {
        repository,
        settings,
        packages: Vec::new(),
    }
}

/// A workspace of the given packages and no files.
pub(super) fn workspace(packages: Vec<Package>) -> Input {
    Input {
        packages,
        ..input(&[])
    }
}
