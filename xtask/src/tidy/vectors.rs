//! Rule `vector`: every message of the protocol has golden vectors, at least one of them valid.

use super::{
    Input, Problem,
    lexer::{Kind, Token, lex},
};

const MESSAGES: &str = "crates/protocol/src/message.rs";

pub(super) fn check(input: &Input) -> Vec<Problem> {
    let Some(source) = input.repository.text(MESSAGES) else {
        return Vec::new();
    };
    let variants = variants(&lex(source)).into_iter();
    variants
        .filter_map(|variant| {
            // On the wire a message is its variant's name in small letters.
            let kind = variant.text.to_lowercase();
            let path = format!("protocol/vectors/{kind}.json");
            let text = missing(input.repository.text(&path), &kind, &path)?;
            Some(Problem {
                path: MESSAGES.to_owned(),
                line: variant.line,
                rule: "vector",
                text,
            })
        })
        .collect()
}

fn missing(vectors: Option<&str>, kind: &str, path: &str) -> Option<String> {
    let Some(vectors) = vectors else {
        return Some(format!("message `{kind}` has no `{path}`"));
    };
    let list = match serde_json::from_str::<Vec<serde_json::Value>>(vectors) {
        Ok(list) => list,
        Err(error) => return Some(format!("`{path}` is no list of vectors: {error}")),
    };
    let of_kind = |vector: &serde_json::Value| {
        let wire = vector["wire"].as_str().unwrap_or_default();
        let wire: serde_json::Value = serde_json::from_str(wire).unwrap_or_default();
        vector["valid"] == true && wire["type"] == kind
    };
    let found = list.iter().any(of_kind);
    (!found).then(|| format!("`{path}` has no valid vector of type `{kind}`"))
}

/// The variants of `enum Message`.
fn variants<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let start = tokens.windows(3).position(|three| {
        three[0].is_word("enum") && three[1].is_word("Message") && three[2].is_mark("{")
    });
    let mut variants = Vec::new();
    let Some(start) = start else {
        return variants;
    };
    let mut depth = 0usize;
    for pair in tokens[start + 2..].windows(2) {
        match pair[0].text {
            "{" | "(" | "[" => depth += 1,
            "}" if depth == 1 => break,
            "}" | ")" | "]" => depth -= 1,
            _ if depth == 1 && pair[0].kind == Kind::Word => variants.push(pair[0]),
            _ => {}
        }
    }
    variants
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    const SOURCE: &str = "#[derive(A)] pub enum Message { #[b(c)] Ping, Call(Box<Call>), }";
    const PING: &str = r#"[{"wire": "{\"type\":\"ping\"}", "valid": true}]"#;

    #[test]
    fn a_message_without_a_vector_is_found() {
        let found = check(&fixture::input(&[
            (MESSAGES, SOURCE),
            ("protocol/vectors/ping.json", PING),
        ]));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].text.contains("`call`"), "{found:?}");
    }

    #[test]
    fn vectors_of_another_type_or_only_invalid_ones_do_not_count() {
        for vectors in [
            &PING.replace("ping", "pong"),
            &PING.replace("true", "false"),
            "{}",
        ] {
            let found = check(&fixture::input(&[
                (MESSAGES, &SOURCE.replace("Call(Box<Call>)", "")),
                ("protocol/vectors/ping.json", vectors),
            ]));
            assert_eq!(found.len(), 1, "{vectors}");
        }
    }
}
