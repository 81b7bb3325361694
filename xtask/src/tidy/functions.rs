//! Rule `function-length`: a function, from the line of its `fn` to the line of its last brace, is
//! at most 70 lines long.

use super::{
    Input, Problem,
    lexer::{Kind, Token, lex},
};

const FUNCTION_LINES_MAX: usize = 70;

pub(super) fn check(input: &Input) -> Vec<Problem> {
    let sources = input.repository.rust();
    sources.flat_map(|(path, text)| file(path, text)).collect()
}

fn file(path: &str, text: &str) -> Vec<Problem> {
    let functions = functions(&lex(text)).into_iter();
    let long = functions.filter(|function| function.lines > FUNCTION_LINES_MAX);
    long.map(|function| Problem {
        path: path.to_owned(),
        line: function.line,
        rule: "function-length",
        text: format!(
            "function `{}` has {} lines, at most {FUNCTION_LINES_MAX}",
            function.name, function.lines
        ),
    })
    .collect()
}

struct Function<'a> {
    name: &'a str,
    line: usize,
    lines: usize,
}

/// Every function with a body, those inside other functions too.
fn functions<'a>(tokens: &[Token<'a>]) -> Vec<Function<'a>> {
    let mut functions = Vec::new();
    for (index, pair) in tokens.windows(2).enumerate() {
        // `fn` without a name is a function pointer, or a piece of a macro.
        if pair[0].is_word("fn") && pair[1].kind == Kind::Word {
            let Some(end) = body(&tokens[index + 2..]) else {
                continue;
            };
            functions.push(Function {
                name: pair[1].text,
                line: pair[0].line,
                lines: end + 1 - pair[0].line,
            });
        }
    }
    functions
}

/// The line of the brace that closes the body, for tokens that follow a function's name.
fn body(tokens: &[Token<'_>]) -> Option<usize> {
    let mut brackets = 0usize;
    let mut braces = 0usize;
    for token in tokens.iter().filter(|token| token.kind == Kind::Mark) {
        match token.text {
            "(" | "[" => brackets += 1,
            ")" | "]" => brackets = brackets.saturating_sub(1),
            ";" if brackets == 0 && braces == 0 => return None,
            "{" if brackets == 0 || braces > 0 => braces += 1,
            "}" if braces == 1 => return Some(token.line),
            "}" => braces = braces.saturating_sub(1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    fn of_length(lines: usize) -> String {
        format!("fn long() {{\n{}}}\n", "    f();\n".repeat(lines - 2))
    }

    fn lengths(source: &str) -> Vec<(&str, usize)> {
        let functions = functions(&lex(source)).into_iter();
        functions
            .map(|function| (function.name, function.lines))
            .collect()
    }

    #[test]
    fn a_long_function_is_found_and_the_longest_allowed_is_not() {
        let (fits, long) = (of_length(70), of_length(71));
        let found = check(&fixture::input(&[("a.rs", &fits), ("b.rs", &long)]));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].path.as_str(), found[0].line), ("b.rs", 1));
    }

    #[test]
    fn braces_in_strings_characters_and_comments_do_not_count() {
        let source = "fn f() {\n let x = \"{\"; let y = '{'; // {\n /* { */ }\nfn g() {}";
        assert_eq!(lengths(source), [("f", 3), ("g", 1)]);
    }

    #[test]
    fn declarations_pointers_and_macros_have_no_body() {
        let source = "trait T { fn f(&self) -> [u8; 4]; fn g(); }\ntype F = fn(u8) -> u8;\n\
                      macro_rules! m { ($n:ident) => { fn $n() {} } }";
        assert_eq!(lengths(source), []);
    }

    #[test]
    fn nested_functions_and_blocks_in_signatures_are_followed() {
        let source = "fn f(x: [u8; { 1 + 1 }]) {\n fn g() {\n }\n if x {\n }\n}";
        assert_eq!(lengths(source), [("f", 6), ("g", 2)]);
    }
}
