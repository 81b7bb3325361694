//! Rule `example`: every folder of `examples/` is run by a test.
//!
//! A test runs an example when a Rust source in a folder `tests`, or the demo of this crate, which
//! is part of `cargo xtask test`, holds a string literal with the example's path from the root.

use super::{
    Input, Problem,
    lexer::{Kind, lex},
    repository::Repository,
};
use std::collections::BTreeSet;

pub(super) fn check(input: &Input) -> Vec<Problem> {
    let repository = &input.repository;
    let folders: BTreeSet<_> = repository
        .files()
        .filter_map(|(path, _)| example(path))
        .collect();
    let unused = folders
        .into_iter()
        .filter(|folder| !is_run(folder, repository));
    unused
        .map(|folder| Problem {
            path: folder.to_owned(),
            line: 0,
            rule: "example",
            text: "no test runs this example".into(),
        })
        .collect()
}

/// The folder `examples/name` that a file lies in.
fn example(path: &str) -> Option<&str> {
    let inside = path.strip_prefix("examples/")?;
    let (name, _) = inside.split_once('/')?;
    Some(&path[.."examples/".len() + name.len()])
}

fn is_run(folder: &str, repository: &Repository) -> bool {
    let mut sources = repository.rust().filter(|(path, _)| {
        let is_test = path.starts_with("tests/") || path.contains("/tests/");
        is_test || path.starts_with("xtask/src/demo/")
    });
    sources.any(|(_, source)| {
        let tokens = lex(source);
        let mut texts = tokens.iter().filter(|token| token.kind == Kind::Text);
        texts.any(|token| {
            let rest = token.text.strip_prefix(folder);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn an_example_that_no_test_runs_is_found() {
        let found = check(&fixture::input(&[
            ("examples/README.md", ""),
            ("examples/one/main.ts", ""),
            ("examples/two/main.ts", ""),
            ("examples/tw/main.ts", ""),
            (
                "crates/cli/tests/examples.rs",
                "const X: &str = \"examples/two/main.ts\";",
            ),
            ("crates/cli/src/run.rs", "const X: &str = \"examples/one\";"),
        ]));
        let paths: Vec<_> = found.iter().map(|problem| problem.path.as_str()).collect();
        assert_eq!(paths, ["examples/one", "examples/tw"]);
    }
}
