//! JSON for people: indented, and otherwise untouched.
//!
//! Values are never parsed into numbers and back: the text of a number and the order of keys are
//! the function's own, and what is printed can be piped into another call unchanged.

/// Indents well-formed JSON text by two spaces a level.
pub(crate) fn pretty(json: &str) -> String {
    let mut writer = Writer {
        out: String::with_capacity(json.len() * 2),
        depth: 0,
    };
    let mut rest = json;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => string_length(rest),
            '{' | '[' => opening_length(first, rest),
            _ => first.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        writer.token(first, token);
        rest = after;
    }
    writer.out
}

struct Writer {
    out: String,
    depth: usize,
}

impl Writer {
    fn token(&mut self, first: char, token: &str) {
        match first {
            '{' if token.len() > 1 => self.out.push_str("{}"),
            '[' if token.len() > 1 => self.out.push_str("[]"),
            '{' | '[' => {
                self.out.push(first);
                self.depth += 1;
                self.new_line();
            }
            '}' | ']' => {
                self.depth = self.depth.saturating_sub(1);
                self.new_line();
                self.out.push(first);
            }
            ',' => {
                self.out.push(',');
                self.new_line();
            }
            ':' => self.out.push_str(": "),
            space if space.is_ascii_whitespace() => {}
            _ => self.out.push_str(token),
        }
    }

    fn new_line(&mut self) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n("  ", self.depth));
    }
}

/// The length of what is written at once: an empty list or map, or only its bracket.
fn opening_length(bracket: char, rest: &str) -> usize {
    let close = if bracket == '{' { '}' } else { ']' };
    let inside = rest[1..].trim_start();
    if inside.starts_with(close) {
        rest.len() - inside.len() + 1
    } else {
        1
    }
}

/// The length of the string literal at the start, quotes included.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (index, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return index + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::pretty;

    #[test]
    fn nesting_is_indented_and_empty_stays_on_its_line() {
        assert_eq!(
            pretty(r#"{"b":[1,{"x":{ }},[ ]],"a" : "t"}"#),
            "{\n  \"b\": [\n    1,\n    {\n      \"x\": {}\n    },\n    []\n  ],\n  \"a\": \"t\"\n}"
        );
    }

    #[test]
    fn numbers_and_strings_keep_their_text() {
        for text in [
            "1.0e400",
            "12345678901234567890123",
            r#""a\"b\\ {,}: \u00e9 é""#,
            "null",
            "true",
        ] {
            assert_eq!(pretty(text), text);
        }
    }
}
