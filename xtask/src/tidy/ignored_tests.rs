//! Rule `ignored-test`: a test runs, or skips visibly with a reason; `#[ignore]` does neither.

use super::{Input, Problem, lexer::lex};

pub(super) fn check(input: &Input) -> Vec<Problem> {
    let sources = input.repository.rust();
    sources.flat_map(|(path, text)| file(path, text)).collect()
}

fn file(path: &str, text: &str) -> Vec<Problem> {
    let tokens = lex(text);
    let attributes = tokens.windows(3).filter(|three| {
        three[0].is_mark("#") && three[1].is_mark("[") && three[2].is_word("ignore")
    });
    attributes
        .map(|three| Problem {
            path: path.to_owned(),
            line: three[0].line,
            rule: "ignored-test",
            text: "report a skip instead, see CONTRIBUTING.md".into(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn an_ignored_test_is_found() {
        let source = "// #[ignore]\n#[test]\n#[ignore = \"slow\"]\nfn f() {}";
        let found = check(&fixture::input(&[("a.rs", source)]));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].line, 3);
    }
}
