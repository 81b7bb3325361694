//! Rule `engine-words`: the engine knows functions, triggers and workers, and no worker by name.
//!
//! Under `engine_words.folder`, tests included, these must not be the name of a worker:
//! 1. a whole string literal (`"queue"`, `"iii-queue"`), except for the names in `wire_fields`,
//!    which are also fields of the envelope;
//! 2. the first part of a `word::` path inside a string literal (`"queue::define"`), or the second
//!    part after `engine` (`"engine::queue::enqueue"`);
//! 3. a module (`mod queue;`, `queue.rs`, `queue/`);
//! 4. the first part of a path in code (`queue::Config`), also after `crate`, `self` or `super`.
//!    A module inside somebody else's crate (`tokio_stream::stream::X`) names no worker of ours.
//!
//! Names of trigger types (`literals`) are looked for as whole string literals only. Comments and
//! plain identifiers (`let state`, `State::new`) are free: the words are ordinary English.

use super::{
    Input, Problem,
    lexer::{Kind, Token, lex},
    settings::EngineWords,
};

pub(super) fn check(input: &Input) -> Vec<Problem> {
    let words = &input.settings.engine_words;
    let sources = input.repository.rust();
    let inside = sources.filter(|(path, _)| path.starts_with(&words.folder));
    inside
        .flat_map(|(path, text)| file(path, text, words))
        .collect()
}

fn file(path: &str, text: &str, words: &EngineWords) -> Vec<Problem> {
    let problem = |line, text| Problem {
        path: path.to_owned(),
        line,
        rule: "engine-words",
        text,
    };
    let mut problems = Vec::new();
    let inside = path.strip_prefix(&words.folder).unwrap_or(path);
    for part in inside.trim_end_matches(".rs").split('/') {
        if words.is_worker(part) {
            problems.push(problem(
                0,
                format!("module `{part}` is the name of a worker"),
            ));
        }
    }
    let tokens = lex(text);
    let literals = tokens.iter().filter(|token| token.kind == Kind::Text);
    for token in literals.filter(|token| words.in_literal(token.text)) {
        problems.push(problem(
            token.line,
            format!("\"{}\" names a worker", token.text),
        ));
    }
    for pair in tokens.windows(2) {
        if pair[0].is_word("mod") && words.is_worker(pair[1].text) {
            let text = format!("module `{}` is the name of a worker", pair[1].text);
            problems.push(problem(pair[1].line, text));
        }
    }
    for token in path_starts(&tokens).filter(|token| words.is_worker(token.text)) {
        problems.push(problem(
            token.line,
            format!("`{}::` names a worker", token.text),
        ));
    }
    problems
}

impl EngineWords {
    fn is_worker(&self, word: &str) -> bool {
        let short = word.strip_prefix("iii-").unwrap_or(word);
        self.workers.iter().any(|worker| worker == short)
    }

    fn in_literal(&self, literal: &str) -> bool {
        let whole = literal.trim();
        let listed = |list: &[String]| list.iter().any(|word| word == whole);
        if self.is_worker(whole) {
            return !listed(&self.wire_fields);
        }
        listed(&self.literals) || self.in_paths(literal)
    }

    /// Whether a `word::word` path inside the text begins with a worker's name.
    fn in_paths(&self, literal: &str) -> bool {
        let is_part = |letter: char| letter.is_alphanumeric() || "_-:".contains(letter);
        let candidates = literal.split(|letter| !is_part(letter));
        candidates.filter(|path| path.contains("::")).any(|path| {
            let mut parts = path.split("::").filter(|part| !part.is_empty());
            let first = parts.next().unwrap_or_default();
            let named = if first == "engine" {
                parts.next()
            } else {
                Some(first)
            };
            // What names a worker is followed by more: `a::state` is somebody's function.
            let followed = parts.next().is_some() || path.ends_with("::");
            followed && named.is_some_and(|word| self.is_worker(word))
        })
    }
}

/// The words that begin a path in code and could be modules of this crate.
fn path_starts<'s, 'a>(tokens: &'s [Token<'a>]) -> impl Iterator<Item = &'s Token<'a>> {
    let foreign = in_foreign_group(tokens);
    (0..tokens.len()).filter_map(move |index| {
        let token = &tokens[index];
        let is_path = token.kind == Kind::Word && colons(&tokens[index + 1..]);
        let local = match index.checked_sub(3).map(|at| &tokens[at..index]) {
            Some([head, tail @ ..]) if colons(tail) => ["crate", "self", "super"]
                .iter()
                .any(|word| head.is_word(word)),
            _ => !foreign[index],
        };
        (is_path && local).then_some(token)
    })
}

/// Whether the tokens begin with `::`; three colons are a type's `: ::path`.
fn colons(tokens: &[Token<'_>]) -> bool {
    let mut marks = tokens.iter().map(|token| token.is_mark(":"));
    marks.next() == Some(true) && marks.next() == Some(true) && marks.next() != Some(true)
}

/// For each token, whether it stands in a group `foreign::{...}` of a `use`.
fn in_foreign_group(tokens: &[Token<'_>]) -> Vec<bool> {
    let mut stack = vec![false];
    let mut inside = Vec::with_capacity(tokens.len());
    let mut root: Option<&Token<'_>> = None;
    for (index, token) in tokens.iter().enumerate() {
        let within = stack.last().copied().unwrap_or_default();
        inside.push(within);
        let after_colons = index >= 2 && colons(&tokens[index - 2..index]);
        if token.kind == Kind::Word && !after_colons {
            root = Some(token);
        } else if token.is_mark("{") {
            let local = ["crate", "self", "super"];
            let ours = root.is_some_and(|root| local.iter().any(|word| root.is_word(word)));
            stack.push(after_colons && (within || !ours));
        } else if token.is_mark("}") && stack.len() > 1 {
            stack.pop();
        }
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    fn found(source: &str) -> usize {
        check(&fixture::input(&[("crates/engine/src/core/x.rs", source)])).len()
    }

    #[test]
    fn literals_that_name_a_worker_are_found() {
        for literal in [
            "queue",
            "iii-queue",
            "state::set",
            "call state::set now",
            "engine::queue::enqueue",
            "durable:subscriber",
            "configuration",
        ] {
            assert_eq!(
                found(&format!("fn f() {{ g(\"{literal}\") }}")),
                1,
                "{literal}"
            );
            assert_eq!(
                found(&format!("const X: &[u8] = br#\"{literal}\"#;")),
                1,
                "{literal}"
            );
        }
    }

    #[test]
    fn other_literals_pass() {
        for literal in [
            "config",
            "engine::functions::list",
            "orders::state",
            "the state is bad",
            "stateful",
            "a queue: full",
            "https://x",
            "",
        ] {
            assert_eq!(
                found(&format!("fn f() {{ g(\"{literal}\") }}")),
                0,
                "{literal}"
            );
        }
    }

    #[test]
    fn modules_and_paths_that_name_a_worker_are_found() {
        assert_eq!(found("mod state;"), 1);
        assert_eq!(found("use queue::Config;"), 1);
        assert_eq!(found("use crate::state::Map;"), 1);
        assert_eq!(found("fn f() { super::cron::run() }"), 1);
        assert_eq!(found("use crate::{a, state::Map};"), 1);
        let file = check(&fixture::input(&[("crates/engine/src/queue/push.rs", "")]));
        assert_eq!(file.len(), 1);
    }

    #[test]
    fn comments_identifiers_and_foreign_modules_pass() {
        assert_eq!(
            found("// \"queue\" and state::set\nlet state = self.queue.pop();"),
            0
        );
        assert_eq!(found("enum State { A } fn f() { State::A; }"), 0);
        assert_eq!(found("use futures_util::stream::StreamExt;"), 0);
        assert_eq!(
            found("use futures_util::{future, stream::{self, StreamExt}};"),
            0
        );
        assert_eq!(found("fn f(state: ::std::string::String) {}"), 0);
    }

    #[test]
    fn other_crates_may_name_workers() {
        assert_eq!(
            check(&fixture::input(&[(
                "crates/host/src/state.rs",
                "mod state;"
            )])),
            []
        );
    }
}
