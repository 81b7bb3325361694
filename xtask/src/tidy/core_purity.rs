//! Rule `core-purity`: the sans-I/O core names no clock, no runtime and no unordered map.

use super::{
    Input, Problem,
    lexer::{Kind, lex},
    settings::Core,
};

pub(super) fn check(input: &Input) -> Vec<Problem> {
    let core = &input.settings.core;
    let sources = input.repository.rust();
    let inside = sources.filter(|(path, _)| path.starts_with(&core.folder));
    inside
        .flat_map(|(path, text)| file(path, text, core))
        .collect()
}

fn file(path: &str, text: &str, core: &Core) -> Vec<Problem> {
    let tokens = lex(text)
        .into_iter()
        .filter(|token| token.kind == Kind::Word);
    tokens
        .filter_map(|token| {
            let banned = core.words.iter().find(|banned| banned.word == token.text)?;
            Some(Problem {
                path: path.to_owned(),
                line: token.line,
                rule: "core-purity",
                text: format!("`{}` in the core: {}", banned.word, banned.reason),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn a_clock_or_an_unordered_map_in_the_core_is_found() {
        let bad = "use std::collections::HashMap;\nfn f(now: Instant) {}\n// tokio";
        let found = check(&fixture::input(&[
            ("crates/engine/src/core/a.rs", bad),
            ("crates/engine/src/session.rs", bad),
        ]));
        assert_eq!(found.len(), 2, "{found:?}");
    }
}
