//! A small Rust lexer: enough to tell code from comments and strings.
//!
//! Comments vanish; every other token keeps its text and its first line. Input that is no valid
//! Rust gives some tokens or other, never a panic: the compiler is the one to complain.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Identifier or keyword, without a leading `r#`.
    Word,
    /// The inside of a string literal of any sort, escapes untouched.
    Text,
    /// A character, byte, number or lifetime.
    Other,
    /// One character of punctuation.
    Mark,
}

/// One token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind,
    pub(crate) text: &'a str,
    /// Line of the token's first character, from 1.
    pub(crate) line: usize,
}

impl Token<'_> {
    pub(crate) fn is_word(&self, text: &str) -> bool {
        self.kind == Kind::Word && self.text == text
    }

    pub(crate) fn is_mark(&self, text: &str) -> bool {
        self.kind == Kind::Mark && self.text == text
    }
}

/// The tokens of `source` without its comments.
pub(crate) fn lex(source: &str) -> Vec<Token<'_>> {
    let mut lexer = Lexer {
        source,
        at: 0,
        line: 1,
    };
    let mut tokens = Vec::new();
    while lexer.at < source.len() {
        let start = lexer.at;
        let line = lexer.line;
        if let Some((kind, text)) = lexer.next() {
            tokens.push(Token { kind, text, line });
        }
        if lexer.at == start {
            break;
        }
        lexer.line += source[start..lexer.at].matches('\n').count();
    }
    tokens
}

struct Lexer<'a> {
    source: &'a str,
    at: usize,
    line: usize,
}

impl<'a> Lexer<'a> {
    /// Reads one token, or skips one comment or run of white space.
    fn next(&mut self) -> Option<(Kind, &'a str)> {
        let rest = &self.source[self.at..];
        let first = rest.chars().next()?;
        if first.is_whitespace() {
            self.at += first.len_utf8();
            return None;
        }
        if rest.starts_with("//") {
            self.at += rest.find('\n').unwrap_or(rest.len());
            return None;
        }
        if rest.starts_with("/*") {
            self.at += block_comment(rest);
            return None;
        }
        if let Some(token) = self.string(rest) {
            return Some(token);
        }
        if first == '\'' {
            return Some(self.take(Kind::Other, quote(rest)));
        }
        if first.is_alphabetic() || first == '_' {
            return Some(self.take(Kind::Word, word(rest)));
        }
        if first.is_ascii_digit() {
            return Some(self.take(Kind::Other, number(rest)));
        }
        Some(self.take(Kind::Mark, first.len_utf8()))
    }

    fn take(&mut self, kind: Kind, length: usize) -> (Kind, &'a str) {
        let text = &self.source[self.at..self.at + length];
        self.at += length;
        (kind, text)
    }

    /// Any literal that opens with an optional prefix (`b`, `c`, `r`, ...) and quotes or hashes.
    fn string(&mut self, rest: &'a str) -> Option<(Kind, &'a str)> {
        let prefix = ["br", "cr", "b", "c", "r", ""]
            .into_iter()
            .find(|prefix| rest.starts_with(prefix))?;
        let after = &rest[prefix.len()..];
        let raw = prefix.ends_with('r');
        let hashes = if raw {
            after.len() - after.trim_start_matches('#').len()
        } else {
            0
        };
        let body = after[hashes..].strip_prefix('"');
        let Some(body) = body else {
            return self.prefixed_other(prefix, after, hashes);
        };
        let open = prefix.len() + hashes + 1;
        let (length, close) = if raw {
            let end = format!("\"{}", "#".repeat(hashes));
            (body.find(&end).unwrap_or(body.len()), end.len())
        } else {
            (escaped_length(body), 1)
        };
        self.at = (self.at + open + length + close).min(self.source.len());
        Some((Kind::Text, &body[..length]))
    }

    /// `b'x'` and `r#name`, which open like strings but are none.
    fn prefixed_other(
        &mut self,
        prefix: &str,
        after: &'a str,
        hashes: usize,
    ) -> Option<(Kind, &'a str)> {
        if prefix == "b" && after.starts_with('\'') {
            return Some(self.take(Kind::Other, 1 + quote(after)));
        }
        if prefix == "r" && hashes == 1 && word(&after[1..]) > 0 {
            self.at += 2;
            return Some(self.take(Kind::Word, word(&after[1..])));
        }
        None
    }
}

/// Length of a block comment, which may hold others.
fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0usize, 0);
    while at < rest.len() {
        let here = &rest[at..];
        if here.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += here.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// Length of a string's inside up to its closing quote.
fn escaped_length(body: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in body.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at,
            _ => {}
        }
    }
    body.len()
}

/// Length of a character literal or a lifetime.
fn quote(rest: &str) -> usize {
    let mut letters = rest.char_indices().skip(1);
    let Some((_, first)) = letters.next() else {
        return rest.len();
    };
    if first == '\\' {
        letters.next();
        let close = letters.find(|(_, letter)| *letter == '\'');
        return close.map_or(rest.len(), |(at, _)| at + 1);
    }
    match letters.next() {
        Some((at, '\'')) => at + 1,
        _ => 1 + word(&rest[1..]),
    }
}

/// Length of the identifier at the front.
fn word(rest: &str) -> usize {
    let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
    end.unwrap_or(rest.len())
}

/// Length of the number at the front. The sign of an exponent ends it, which nothing here minds.
fn number(rest: &str) -> usize {
    let whole = word(rest);
    match rest[whole..].strip_prefix('.') {
        Some(fraction) if fraction.starts_with(|next: char| next.is_ascii_digit()) => {
            whole + 1 + word(fraction)
        }
        _ => whole,
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, lex};

    fn texts(source: &str, kind: Kind) -> Vec<&str> {
        let tokens = lex(source).into_iter();
        let of_kind = tokens.filter(|token| token.kind == kind);
        of_kind.map(|token| token.text).collect()
    }

    #[test]
    fn comments_are_no_code_even_nested_or_with_quotes() {
        let source = "// \"a\"\n/* x /* \"y\" */ fn */ /// doc's\nfn f() {}";
        assert_eq!(texts(source, Kind::Word), ["fn", "f"]);
        assert_eq!(texts(source, Kind::Text), Vec::<&str>::new());
    }

    #[test]
    fn strings_of_every_sort_give_their_inside() {
        let source = r###"("a\"{", b"b", r"c\", r#"d"d"#, br##"e"#e"##, c"f", "")"###;
        let inside = [r#"a\"{"#, "b", r"c\", r#"d"d"#, r##"e"#e"##, "f", ""];
        assert_eq!(texts(source, Kind::Text), inside);
    }

    #[test]
    fn characters_are_told_from_lifetimes() {
        let source = r"fn f<'a>(x: &'a u8) { ('{', '\'', b'}', '\u{7d}', 'ß') }";
        let other = ["'a", "'a", "'{'", r"'\''", "b'}'", r"'\u{7d}'", "'ß'"];
        assert_eq!(texts(source, Kind::Other), other);
    }

    #[test]
    fn ranges_and_fields_of_tuples_are_no_fractions() {
        assert_eq!(
            texts("0..10 1.5 x.0.1", Kind::Other),
            ["0", "10", "1.5", "0.1"]
        );
    }

    #[test]
    fn raw_identifiers_are_words() {
        assert_eq!(texts("r#type br c", Kind::Word), ["type", "br", "c"]);
    }

    #[test]
    fn lines_count_through_long_tokens() {
        let tokens = lex("\"a\nb\"\n/*\n*/ x");
        assert_eq!(tokens.last().map(|token| token.line), Some(4));
    }

    #[test]
    fn broken_input_ends() {
        for source in ["\"abc", "r#\"abc", "'", "/* x", "b'", "'\\", "r#", "€'"] {
            lex(source);
        }
    }
}
