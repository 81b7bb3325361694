//! Rule `dead-file`: every Rust source is part of some crate.
//!
//! Roots are found in every manifest by Cargo's own rules (`src/lib.rs`, `tests/*.rs`,
//! `path = ...`); from there `mod x;`, `#[path = "..."] mod x;` and `include!("...")` are followed.

use super::{
    Input, Problem,
    lexer::{Kind, Token, lex},
    repository::{Repository, folder, join},
};
use std::collections::BTreeSet;

pub(super) fn check(input: &Input) -> Vec<Problem> {
    let repository = &input.repository;
    let mut alive = BTreeSet::new();
    let mut open = roots(repository);
    while let Some(file) = open.pop() {
        if let Some(source) = repository.text(&file.path)
            && alive.insert(file.path.clone())
        {
            open.extend(children(&file, &lex(source)));
        }
    }
    let dead = repository.rust().filter(|(path, _)| !alive.contains(*path));
    dead.map(|(path, _)| Problem {
        path: path.to_owned(),
        line: 0,
        rule: "dead-file",
        text: "no crate reaches this file".into(),
    })
    .collect()
}

/// A source file, and the folder in which the modules it declares lie.
struct Source {
    path: String,
    modules: String,
}

impl Source {
    fn root(path: String) -> Self {
        let modules = folder(&path).to_owned();
        Self { path, modules }
    }
}

fn roots(repository: &Repository) -> Vec<Source> {
    let manifests = repository.texts().filter_map(|(path, text)| {
        let package = path.strip_suffix("Cargo.toml")?;
        (package.is_empty() || package.ends_with('/')).then_some((package, text))
    });
    let mut roots = Vec::new();
    for (package, manifest) in manifests {
        let table: toml::Table = toml::from_str(manifest).unwrap_or_default();
        let named = declared(&table).into_iter();
        let named = named.filter_map(|path| join(package, &path));
        let found = repository.rust().filter_map(|(path, _)| {
            let inside = path.strip_prefix(package)?;
            discovered(inside).then(|| path.to_owned())
        });
        roots.extend(named.chain(found).map(Source::root));
    }
    roots
}

/// The paths of targets that a manifest spells out.
fn declared(manifest: &toml::Table) -> Vec<String> {
    let lists = ["lib", "bin", "test", "bench", "example"].into_iter();
    let values = lists.filter_map(|list| manifest.get(list));
    let targets = values.flat_map(|value| match value {
        toml::Value::Array(list) => list.iter().collect(),
        single => vec![single],
    });
    let build = manifest
        .get("package")
        .and_then(|package| package.get("build"));
    let paths = targets.filter_map(|target| target.get("path")).chain(build);
    paths
        .filter_map(|path| path.as_str().map(str::to_owned))
        .collect()
}

/// Whether Cargo takes this file, given from the package's folder, for a target by its place.
fn discovered(inside: &str) -> bool {
    let parts: Vec<_> = inside.split('/').collect();
    matches!(
        parts.as_slice(),
        ["build.rs"]
            | ["src", "lib.rs" | "main.rs"]
            | ["src", "bin", _]
            | ["src", "bin", _, "main.rs"]
            | ["tests" | "benches" | "examples", _]
            | ["tests" | "benches" | "examples", _, "main.rs"]
    )
}

/// The files that a source declares as modules or includes, existing or not.
fn children(file: &Source, tokens: &[Token<'_>]) -> Vec<Source> {
    let mut children = Vec::new();
    // Folders added by inline modules, with the brace depth at which each one ends.
    let mut inline: Vec<(&str, usize)> = Vec::new();
    let mut depth = 0usize;
    for (index, token) in tokens.iter().enumerate() {
        if token.is_mark("{") {
            depth += 1;
        } else if token.is_mark("}") {
            depth = depth.saturating_sub(1);
            inline.retain(|(_, ends)| *ends <= depth);
        }
        match &tokens[index..] {
            [first, name, end, ..] if first.is_word("mod") && name.kind == Kind::Word => {
                if end.is_mark("{") {
                    inline.push((name.text, depth + 1));
                } else if let Some(path) = path_attribute(&tokens[..index]) {
                    children.extend(join(folder(&file.path), path).map(Source::root));
                } else {
                    let names = inline.iter().map(|(name, _)| *name).chain([name.text]);
                    let path = names.collect::<Vec<_>>().join("/");
                    children.extend(module(&file.modules, &path));
                }
            }
            [first, bang, _, path, ..]
                if first.is_word("include") && bang.is_mark("!") && path.kind == Kind::Text =>
            {
                children.extend(join(folder(&file.path), path.text).map(Source::root));
            }
            _ => {}
        }
    }
    children
}

/// `x.rs` with its modules in `x/`, or `x/mod.rs`.
fn module(modules: &str, path: &str) -> Vec<Source> {
    let Some(inside) = join(modules, path) else {
        return Vec::new();
    };
    let files = [format!("{inside}.rs"), format!("{inside}/mod.rs")];
    let sources = files.into_iter().map(|path| Source {
        path,
        modules: inside.clone(),
    });
    sources.collect()
}

/// The path of a `#[path = "..."]` directly in front of the tokens' end.
fn path_attribute<'a>(before: &[Token<'a>]) -> Option<&'a str> {
    let end = before.iter().rposition(|token| !token.is_word("pub"))?;
    match &before[..=end] {
        [.., open, name, equals, path, close]
            if open.is_mark("[") && name.is_word("path") && close.is_mark("]") =>
        {
            (equals.is_mark("=") && path.kind == Kind::Text).then_some(path.text)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn a_file_that_no_crate_reaches_is_found() {
        let files = [
            ("a/Cargo.toml", "[[bin]]\nname = \"x\"\npath = \"odd/x.rs\""),
            (
                "a/src/lib.rs",
                "mod b; // mod dead;\n#[cfg(test)] mod tests;",
            ),
            (
                "a/src/b.rs",
                "pub mod c; mod d { mod e; } #[path = \"f_x.rs\"] mod f;",
            ),
            ("a/src/b/c/mod.rs", "mod g; include!(\"text.rs\");"),
            ("a/src/b/c/g.rs", ""),
            ("a/src/b/c/text.rs", ""),
            ("a/src/b/d/e.rs", ""),
            ("a/src/f_x.rs", ""),
            ("a/src/tests.rs", ""),
            ("a/odd/x.rs", "mod near;"),
            ("a/odd/near.rs", ""),
            ("a/tests/it/main.rs", "mod helper;"),
            ("a/tests/it/helper.rs", ""),
            ("a/src/dead.rs", ""),
            ("a/src/b/g.rs", ""),
        ];
        let found = check(&fixture::input(&files));
        let paths: Vec<_> = found.iter().map(|problem| problem.path.as_str()).collect();
        assert_eq!(paths, ["a/src/b/g.rs", "a/src/dead.rs"]);
    }
}
