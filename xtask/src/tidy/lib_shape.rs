//! Rule `lib-shape`: a `lib.rs` is a crate doc, modules and curated `pub use`s, no logic.
//!
//! The doc says what the crate is, what it deliberately is not (`**Invariant:**`) and where to
//! start reading.

use super::{
    Input, Problem,
    lexer::{Token, lex},
};

pub(super) fn check(input: &Input) -> Vec<Problem> {
    let sources = input.repository.rust();
    let libraries = sources.filter(|(path, _)| path.ends_with("src/lib.rs"));
    libraries
        .flat_map(|(path, text)| file(path, text))
        .collect()
}

fn file(path: &str, text: &str) -> Vec<Problem> {
    let problem = |line, text: String| Problem {
        path: path.to_owned(),
        line,
        rule: "lib-shape",
        text,
    };
    let doc: String = text
        .lines()
        .filter(|line| line.starts_with("//!"))
        .collect();
    let mut problems = Vec::new();
    if !doc.contains("**Invariant:**") {
        problems.push(problem(
            1,
            "the crate doc states no `**Invariant:**`".into(),
        ));
    }
    if !doc.to_lowercase().contains("start reading") {
        problems.push(problem(
            1,
            "the crate doc does not say where to start reading".into(),
        ));
    }
    let tokens = lex(text);
    let mut rest = tokens.as_slice();
    while let Some(first) = rest.first() {
        let (item, after) = split_item(rest);
        if !is_declaration(item) {
            let head: Vec<_> = item.iter().take(4).map(|token| token.text).collect();
            let text = format!("`{}` is neither `mod x;` nor `use`", head.join(" "));
            problems.push(problem(first.line, text));
        }
        rest = after;
    }
    problems
}

/// The first item, attributes included, and what follows it.
fn split_item<'s, 'a>(tokens: &'s [Token<'a>]) -> (&'s [Token<'a>], &'s [Token<'a>]) {
    let mut depth = 0usize;
    for (index, token) in tokens.iter().enumerate() {
        match token.text {
            "{" | "(" | "[" if token.is_mark(token.text) => depth += 1,
            "}" | ")" | "]" if token.is_mark(token.text) => {
                depth = depth.saturating_sub(1);
                let next = tokens.get(index + 1);
                let ends = token.is_mark("}") && !next.is_some_and(|next| next.is_mark(";"));
                if depth == 0 && ends {
                    return tokens.split_at(index + 1);
                }
            }
            ";" if depth == 0 && token.is_mark(";") => return tokens.split_at(index + 1),
            _ => {}
        }
    }
    (tokens, &[])
}

/// `mod x;` or `use ...;` behind any attributes and any visibility. A public module is a name space
/// such as `kv::Error`.
fn is_declaration(item: &[Token<'_>]) -> bool {
    let mut rest = item;
    while let [hash, after @ ..] = rest {
        if !hash.is_mark("#") {
            break;
        }
        let mut depth = 0usize;
        let end = after.iter().position(|token| {
            depth += usize::from(token.is_mark("["));
            depth -= usize::from(token.is_mark("]") && depth > 0);
            depth == 0 && token.is_mark("]")
        });
        rest = end.map_or(&[], |end| &after[end + 1..]);
    }
    rest = match rest {
        [public, open, _, close, after @ ..]
            if public.is_word("pub") && open.is_mark("(") && close.is_mark(")") =>
        {
            after
        }
        [public, after @ ..] if public.is_word("pub") => after,
        all => all,
    };
    match rest {
        // Inner attributes of the crate.
        [] => true,
        [first, ..] if first.is_word("use") => true,
        [first, .., last] => first.is_word("mod") && last.is_mark(";"),
        [_] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    const DOC: &str = "//! A crate.\n//!\n//! **Invariant:** none.\n//! Start reading at x.\n";

    fn found(source: &str) -> Vec<Problem> {
        check(&fixture::input(&[("crates/a/src/lib.rs", source)]))
    }

    #[test]
    fn the_shape_of_the_house_passes() {
        let source = format!(
            "{DOC}#![deny(x)]\n#![cfg_attr(a, b(c))]\nmod a;\npub(crate) mod b;\npub mod c;\n\
             #[cfg(test)]\nmod tests;\npub use a::{{A, b::{{B, C}}}};\nuse b::D;"
        );
        assert_eq!(found(&source), []);
    }

    #[test]
    fn logic_is_found() {
        for item in [
            "pub fn f() { g(); }",
            "struct S;",
            "mod a { fn f() {} }",
            "impl S {}",
            "const X: [u8; 1] = [1];",
            "macro_rules! m { () => {} }",
        ] {
            assert_eq!(found(&format!("{DOC}{item}\nmod b;")).len(), 1, "{item}");
        }
    }

    #[test]
    fn a_doc_without_invariant_or_a_place_to_start_is_found() {
        assert_eq!(found("//! See elsewhere.\n").len(), 2);
    }
}
