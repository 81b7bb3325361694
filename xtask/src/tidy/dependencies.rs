//! Rule `dependencies`: packages depend in one direction only. The layers stand in `tidy.toml`.

use super::{
    Input, Problem,
    packages::{Dependency, Package},
    settings::Layer,
};

pub(super) fn check(input: &Input) -> Vec<Problem> {
    let packages = input.packages.iter();
    packages
        .flat_map(|package| {
            let found = of_package(package, &input.settings.layer).into_iter();
            found.map(|text| Problem {
                path: format!("{}/Cargo.toml", package.folder),
                line: 0,
                rule: "dependencies",
                text,
            })
        })
        .collect()
}

fn of_package(package: &Package, layers: &[Layer]) -> Vec<String> {
    let layer = layers
        .iter()
        .find(|layer| matches(&layer.folder, &package.folder));
    let Some(layer) = layer else {
        return vec![format!(
            "`{}` belongs to no layer: add one to xtask/tidy.toml",
            package.folder
        )];
    };
    let dependencies = package.dependencies.iter();
    let refused = dependencies.filter(|dependency| !allowed(layer, package, dependency));
    refused
        .map(|dependency| match &dependency.folder {
            Some(folder) => format!("`{}` must not use `{folder}`", package.folder),
            None => format!("`{}` must not use `{}`", package.folder, dependency.name),
        })
        .collect()
}

fn allowed(layer: &Layer, package: &Package, dependency: &Dependency) -> bool {
    let Some(folder) = &dependency.folder else {
        return dependency.for_tests || !layer.never.contains(&dependency.name);
    };
    let in_list = |list: &[String]| list.iter().any(|pattern| matches(pattern, folder));
    *folder == package.folder
        || in_list(&layer.may_use)
        || (dependency.for_tests && in_list(&layer.tests_may_use))
}

/// `*` is every folder, `a/*` each folder directly in `a`, anything else that folder.
fn matches(pattern: &str, folder: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(parent) => {
            let rest = folder.strip_prefix(parent);
            rest.is_some_and(|rest| parent.is_empty() || !rest.contains('/'))
        }
        None => pattern == folder,
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    fn uses(from: &str, to: &str, for_tests: bool) -> Vec<Problem> {
        let dependency = Dependency {
            name: "it".into(),
            folder: Some(to.into()),
            for_tests,
        };
        check(&fixture::workspace(vec![Package {
            folder: from.into(),
            dependencies: vec![dependency],
        }]))
    }

    #[test]
    fn the_arrows_of_the_design_hold() {
        let refused = [
            ("crates/protocol", "crates/transport"),
            ("crates/transport", "crates/engine"),
            ("crates/engine", "sdk/rust"),
            ("crates/engine", "crates/ports"),
            ("sdk/rust", "crates/engine"),
            ("crates/ports", "backends/memory"),
            ("workers/state", "crates/engine"),
            ("workers/state", "backends/memory"),
            ("workers/state", "workers/http"),
            ("backends/memory", "sdk/rust"),
            ("backends/memory", "workers/state"),
            ("crates/host", "crates/cli"),
            ("crates/engine", "xtask"),
        ];
        for (from, to) in refused {
            assert_eq!(uses(from, to, false).len(), 1, "{from} -> {to}");
        }
    }

    #[test]
    fn what_the_design_allows_passes() {
        let allowed = [
            ("crates/engine", "crates/transport"),
            ("sdk/rust", "crates/transport"),
            ("workers/state", "sdk/rust"),
            ("workers/state", "crates/ports"),
            ("backends/memory", "crates/ports"),
            ("crates/host", "workers/state"),
            ("crates/host", "backends/memory"),
            ("crates/cli", "crates/host"),
        ];
        for (from, to) in allowed {
            assert_eq!(uses(from, to, false), [], "{from} -> {to}");
        }
    }

    #[test]
    fn tests_may_use_the_testkit_but_no_other_worker() {
        assert_eq!(uses("workers/state", "crates/testkit", true), []);
        assert_eq!(uses("workers/state", "crates/testkit", false).len(), 1);
        assert_eq!(uses("workers/state", "workers/http", true).len(), 1);
    }

    #[test]
    fn a_folder_without_a_layer_is_found() {
        assert_eq!(uses("somewhere/else", "crates/engine", false).len(), 1);
    }

    #[test]
    fn the_protocol_stays_free_of_a_runtime() {
        let dependency = Dependency {
            name: "tokio".into(),
            folder: None,
            for_tests: false,
        };
        let found = check(&fixture::workspace(vec![Package {
            folder: "crates/protocol".into(),
            dependencies: vec![dependency],
        }]));
        assert_eq!(found.len(), 1);
    }
}
