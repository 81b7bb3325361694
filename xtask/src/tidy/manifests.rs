//! Rule `manifest`: every package of the workspace takes its lints, licence and publishing rule
//! from the root, so that none is held to less.

use super::{Input, Problem};

pub(super) fn check(input: &Input) -> Vec<Problem> {
    let packages = input.packages.iter();
    packages
        .flat_map(|package| {
            let path = format!("{}/Cargo.toml", package.folder);
            let text = input.repository.text(&path).unwrap_or_default();
            let problem = |text| Problem {
                path: path.clone(),
                line: 0,
                rule: "manifest",
                text,
            };
            missing(text).into_iter().map(problem).collect::<Vec<_>>()
        })
        .collect()
}

fn missing(manifest: &str) -> Vec<String> {
    let table: toml::Table = match toml::from_str(manifest) {
        Ok(table) => table,
        Err(error) => return vec![format!("no valid manifest: {error}")],
    };
    let inherits = |path: &[&str]| {
        let mut parts = path.iter();
        let first = parts.next().and_then(|part| table.get(*part));
        let value = parts.fold(first, |value, part| value?.get(part));
        value.and_then(|value| value.get("workspace")) == Some(&toml::Value::Boolean(true))
    };
    let wanted: [&[&str]; 5] = [
        &["lints"],
        &["package", "edition"],
        &["package", "license"],
        &["package", "publish"],
        &["package", "rust-version"],
    ];
    let missing = wanted.into_iter().filter(|path| !inherits(path));
    missing
        .map(|path| format!("`{}.workspace = true` is missing", path.join(".")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::{fixture, packages::Package};
    use super::*;

    #[test]
    fn a_package_with_lints_of_its_own_is_found() {
        let package = Package {
            folder: "crates/a".into(),
            dependencies: vec![],
        };
        let good = "[package]\nedition.workspace = true\nlicense.workspace = true\n\
                    publish.workspace = true\nrust-version.workspace = true\n";
        let mut input = fixture::workspace(vec![package]);
        input.repository.insert("crates/a/Cargo.toml", good);
        let found = check(&input);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].text.contains("lints"), "{found:?}");
        input.repository.insert(
            "crates/a/Cargo.toml",
            format!("{good}[lints]\nworkspace=true"),
        );
        assert_eq!(check(&input), []);
    }
}
