//! Breaking long texts so that generated lines stay within 100 columns.

/// `text` in pieces of at most `width` characters, each but the last ending in its space.
pub(super) fn pieces(text: &str, width: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for word in text.split_inclusive(' ') {
        let last = pieces.last_mut().filter(|piece| {
            piece.is_empty() || piece.chars().count() + word.trim_end().chars().count() <= width
        });
        match last {
            Some(piece) => piece.push_str(word),
            None => pieces.push(word.to_owned()),
        }
    }
    pieces
}

/// `function_not_found` as `FunctionNotFound`.
pub(super) fn camel(key: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    key.split('_').map(capital).collect()
}

/// A literal in double quotes that Rust, TypeScript and Python read alike.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_keep_every_character_and_the_width() {
        let text = "one two three four five six seven";
        let pieces = pieces(text, 10);
        assert_eq!(pieces.concat(), text);
        assert!(
            pieces.iter().all(|piece| piece.trim_end().len() <= 10),
            "{pieces:?}"
        );
    }

    #[test]
    fn a_word_wider_than_the_width_stands_alone() {
        assert_eq!(pieces("a verylongword b", 4), ["a ", "verylongword ", "b"]);
    }

    #[test]
    fn camel_case_joins_words() {
        assert_eq!(camel("function_not_found"), "FunctionNotFound");
    }
}
