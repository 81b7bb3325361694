//! Finds the field that lies at a place of a JSON text.

use std::fmt::Write as _;

/// The byte that a reader had read last, from its line and column.
pub(super) fn offset(text: &[u8], line: usize, column: usize) -> Option<usize> {
    let mut lines = text.split_inclusive(|byte| *byte == b'\n');
    let before: usize = lines
        .by_ref()
        .take(line.checked_sub(1)?)
        .map(<[u8]>::len)
        .sum();
    Some(before + column.checked_sub(1)?)
}

/// A value that is being read.
enum Inside {
    /// An object, and the name of the field whose value follows.
    Object(Option<String>),
    /// An array, and which item follows.
    Array(usize),
}

/// Names the innermost value that the byte at `offset` belongs to: `a.b[2]`, or nothing for the
/// whole text.
pub(super) fn path(text: &[u8], offset: usize) -> Option<String> {
    let mut stack: Vec<Inside> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let end = token(text, at)?;
        match (text[at], stack.last_mut()) {
            (b'{', _) => {
                if at == offset {
                    return Some(shown(&stack));
                }
                stack.push(Inside::Object(None));
            }
            (b'[', _) => {
                if at == offset {
                    return Some(shown(&stack));
                }
                stack.push(Inside::Array(0));
            }
            (b'}' | b']', _) => {
                if let Some(Inside::Object(field)) = stack.last_mut() {
                    *field = None;
                }
                if offset <= at {
                    return Some(without_item(&stack));
                }
                stack.pop();
            }
            (b',', Some(Inside::Object(field))) => *field = None,
            (b',', Some(Inside::Array(item))) => *item += 1,
            (b'"', Some(Inside::Object(field @ None))) => {
                if offset < end {
                    // The name of a field belongs to the object.
                    return Some(shown(&stack));
                }
                *field = serde_json::from_slice(&text[at..end]).ok();
            }
            (byte, _) if byte.is_ascii_whitespace() || byte == b':' => {}
            _ if offset < end => return Some(shown(&stack)),
            _ => {}
        }
        at = end;
    }
    None
}

/// Where the token that begins at `at` ends.
fn token(text: &[u8], at: usize) -> Option<usize> {
    let rest = &text[at..];
    let len = match *rest.first()? {
        b'{' | b'}' | b'[' | b']' | b',' | b':' => 1,
        b'"' => {
            let mut is_escaped = false;
            let end = rest.iter().skip(1).position(|byte| {
                let is_end = *byte == b'"' && !is_escaped;
                is_escaped = *byte == b'\\' && !is_escaped;
                is_end
            })?;
            end + 2
        }
        byte if byte.is_ascii_whitespace() => 1,
        _ => {
            let is_end = |byte: &u8| byte.is_ascii_whitespace() || b",:]}".contains(byte);
            rest.iter().position(is_end).unwrap_or(rest.len())
        }
    };
    Some(at + len.max(1))
}

fn shown(stack: &[Inside]) -> String {
    let mut path = String::new();
    for inside in stack {
        match inside {
            Inside::Object(Some(field)) if path.is_empty() => path.push_str(field),
            Inside::Object(Some(field)) => {
                path.push('.');
                path.push_str(field);
            }
            Inside::Object(None) => {}
            Inside::Array(item) => {
                let _ = write!(path, "[{item}]");
            }
        }
    }
    path
}

/// The path of the innermost array or object itself.
fn without_item(stack: &[Inside]) -> String {
    match stack {
        [outer @ .., Inside::Array(_)] => shown(outer),
        stack => shown(stack),
    }
}
