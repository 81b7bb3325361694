//! `cargo xtask tidy`: the rules of the house that neither rustc nor clippy can hold.
//!
//! One file per rule, each a function from the [`Repository`] to [`Problem`]s. Exceptions stand in
//! `xtask/tidy.toml` with a reason; one that excuses nothing any more is a problem itself.

mod core_purity;
mod dead_files;
mod dependencies;
mod documents;
mod examples;
mod exceptions;
mod fresh;
mod functions;
mod ignored_tests;
mod large_files;
mod lexer;
mod lib_shape;
mod machine_paths;
mod manifests;
mod packages;
mod repository;
mod settings;
mod sizes;
mod vectors;
mod words;

#[cfg(test)]
mod fixture;

use crate::paths;
use anyhow::{Result, bail};
use packages::Package;
use repository::Repository;
use settings::Settings;
use std::{fmt, path::Path};

/// Something a rule found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Problem {
    path: String,
    /// From 1; 0 when the whole file is meant.
    line: usize,
    /// The name exceptions use.
    rule: &'static str,
    text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            line,
            rule,
            text,
        } = self;
        write!(f, "{path}:{line}: {text} [{rule}]")
    }
}

/// Everything a rule may look at.
struct Input {
    repository: Repository,
    settings: Settings,
    packages: Vec<Package>,
}

type Rule = fn(&Input) -> Vec<Problem>;

const RULES: &[Rule] = &[
    sizes::check,
    functions::check,
    dependencies::check,
    manifests::check,
    words::check,
    core_purity::check,
    vectors::check,
    dead_files::check,
    documents::check,
    examples::check,
    large_files::check,
    machine_paths::check,
    lib_shape::check,
    ignored_tests::check,
];

pub(crate) fn run() -> Result<()> {
    let problems = find(&paths::root())?;
    for problem in &problems {
        println!("{problem}");
    }
    if !problems.is_empty() {
        bail!("tidy found {} problems", problems.len());
    }
    Ok(())
}

fn find(root: &Path) -> Result<Vec<Problem>> {
    let input = Input {
        repository: Repository::open(root)?,
        settings: Settings::read(root)?,
        packages: packages::read(root)?,
    };
    let mut problems = fresh::check(root)?;
    problems.extend(check(&input));
    Ok(problems)
}

/// What all rules find, less the exceptions, in order of place.
fn check(input: &Input) -> Vec<Problem> {
    let found = RULES.iter().flat_map(|rule| rule(input)).collect();
    let mut problems = exceptions::apply(found, &input.settings.exceptions);
    problems.sort();
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_is_tidy() {
        let problems = find(&paths::root()).expect("the repository can be read");
        let lines: Vec<_> = problems.iter().map(Problem::to_string).collect();
        assert!(problems.is_empty(), "\n{}", lines.join("\n"));
    }
}
