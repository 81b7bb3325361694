//! What is wrong with JSON that does not fit a type, said so that its author finds the place.

mod place;

use std::fmt::Write as _;

/// With a likely word at hand, a longer list would only hide it.
const LISTED_MAX: usize = 8;
/// Words that differ in more letters than this are not slips of each other.
const SLIPS_MAX: usize = 2;

/// Says which field of a JSON text does not fit, and what would.
///
/// `error` must come from reading `text`; what it says of other texts is of no use.
///
/// ```
/// use iii_kit::{explain_json, serde_json};
/// #[derive(Debug, serde::Deserialize)]
/// struct Order { cents: u32 }
/// let text = br#"{"cents": -5}"#;
/// let error = serde_json::from_slice::<Order>(text).unwrap_err();
/// assert_eq!(
///     explain_json(&error, text),
///     "`cents` is integer `-5`, expected a whole number from 0 to 4294967295"
/// );
/// ```
pub fn explain_json(error: &serde_json::Error, text: &[u8]) -> String {
    let said = error.to_string();
    // Where the reader had no position, as of fields that are flattened, there is none to find.
    let offset = place::offset(text, error.line(), error.column());
    let at = offset.and_then(|offset| place::path(text, offset));
    let at = at.unwrap_or_default();
    let said = match said.rsplit_once(" at line ") {
        Some((said, _)) if error.line() > 0 => said,
        _ => said.as_str(),
    };
    if let Some(rest) = said.strip_prefix("unknown field `") {
        return unknown("field", rest, &at);
    }
    if let Some(rest) = said.strip_prefix("unknown variant `") {
        return unknown("value", rest, &at);
    }
    if let Some(name) = quoted(said, "missing field `") {
        return format!("`{name}` is missing{}", inside(&at));
    }
    if let Some(name) = quoted(said, "duplicate field `") {
        return format!("`{name}` is given twice{}", inside(&at));
    }
    let wrong = ["invalid type: ", "invalid value: ", "invalid length: "];
    let misfit = wrong.iter().find_map(|start| said.strip_prefix(start));
    match misfit.and_then(|misfit| misfit.rsplit_once(", expected ")) {
        Some((given, wanted)) => {
            let what = if at.is_empty() {
                "it".to_owned()
            } else {
                format!("`{at}`")
            };
            format!("{what} is {given}, expected {}", in_words(wanted))
        }
        None if at.is_empty() => said.to_owned(),
        None => format!("`{at}`: {said}"),
    }
}

/// The name in ticks that follows `start`.
fn quoted<'a>(said: &'a str, start: &str) -> Option<&'a str> {
    said.strip_prefix(start)?.split('`').next()
}

fn inside(at: &str) -> String {
    if at.is_empty() {
        String::new()
    } else {
        format!(" in `{at}`")
    }
}

/// A word that is not known, and those that are: ``x`, expected one of `a`, `b``.
fn unknown(what: &str, rest: &str, at: &str) -> String {
    let (given, known) = rest.split_once('`').unwrap_or((rest, ""));
    // Every other piece between ticks is a word; those that begin so are none that people write.
    let words = known.split('`').skip(1).step_by(2);
    let known: Vec<&str> = words.filter(|word| !word.starts_with('_')).collect();
    let mut said = format!("unknown {what} `{given}`{}", inside(at));
    let near = nearest(given, &known);
    if let Some(near) = near {
        let _ = write!(said, ", did you mean `{near}`?");
    }
    if !known.is_empty() && (near.is_none() || known.len() <= LISTED_MAX) {
        let known: Vec<String> = known.iter().map(|word| format!("`{word}`")).collect();
        let start = if near.is_some() { " known" } else { "; known" };
        let _ = write!(said, "{start}: {}", known.join(", "));
    }
    said
}

/// The known word that was most likely meant.
fn nearest<'a>(given: &str, known: &[&'a str]) -> Option<&'a str> {
    let slips = |word: &&str| distance(given, word);
    let near = known.iter().copied().min_by_key(slips)?;
    let is_slip = distance(given, near) <= SLIPS_MAX.min(near.len() / 2);
    // Who leaves out the unit is often near to nothing else.
    let begins = || {
        let mut longer = known.iter().filter(|word| word.starts_with(given));
        let only = longer.next().filter(|_| given.len() > SLIPS_MAX);
        only.filter(|_| longer.next().is_none()).copied()
    };
    if is_slip { Some(near) } else { begins() }
}

/// Letters to insert, remove, replace or swap with the next to make one word of the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    // Nobody takes such a text for a word.
    if a.len() > 64 || b.len() > 64 {
        return usize::MAX;
    }
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            if i == 0 || j == 0 {
                rows[i][j] = i + j;
                continue;
            }
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = least;
        }
    }
    rows[a.len()][b.len()]
}

/// What a type of this language is called by everybody else.
fn in_words(wanted: &str) -> &str {
    match wanted {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" => "a whole number from 0",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "`true` or `false`",
        "a sequence" => "an array",
        "a map" => "an object",
        wanted if wanted.starts_with("struct ") => "an object",
        wanted => wanted,
    }
}

#[cfg(test)]
mod tests;
