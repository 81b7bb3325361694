//! The figures for people: a Markdown table, ready for the documentation.

use super::figures::Line;
use crate::table;

const HEAD: [&str; 7] = ["name", "what", "floor", "iii", "ratio", "target", "met"];

pub(super) fn render(lines: &[Line]) -> String {
    let rows: Vec<[String; 7]> = lines.iter().map(row).collect();
    let mut text = table::render(HEAD, &rows);
    let notes: String = lines.iter().filter_map(note).collect();
    if !notes.is_empty() {
        text.push('\n');
        text.push_str(&notes);
    }
    text
}

/// What is to be known about a line, below the table.
fn note(line: &Line) -> Option<String> {
    let note = line.note.as_ref()?;
    let against = line.against.map_or(String::new(), |it| format!(" ({it})"));
    Some(format!("* {}, {}{against}: {note}\n", line.name, line.what))
}

fn row(line: &Line) -> [String; 7] {
    let met = line.met.map(|met| if met { "yes" } else { "NO" });
    [
        line.name.to_owned(),
        line.what.to_owned(),
        floor(line),
        format!("{} {}", figure(line.engine), line.unit),
        line.ratio
            .map_or(String::new(), |ratio| format!("{ratio:.2}")),
        line.target.clone().unwrap_or_default(),
        met.unwrap_or_default().to_owned(),
    ]
}

fn floor(line: &Line) -> String {
    match (line.floor, line.against) {
        (Some(floor), Some(name)) => format!("{} {} ({name})", figure(floor), line.unit),
        (None, Some(name)) => format!("missing ({name})"),
        _ => String::new(),
    }
}

/// As many digits as the figure can carry.
fn figure(value: f64) -> String {
    if value >= 10_000.0 {
        format!("{:.0}k", value / 1000.0)
    } else if value >= 100.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.1}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> Line {
        Line {
            name: "call",
            what: "calls/s",
            unit: "1/s",
            engine: 193_500.0,
            floor: Some(387_000.0),
            against: Some("relay"),
            ratio: Some(0.5),
            target: Some(">= 0.5 x relay".into()),
            met: Some(true),
            rounds: vec![],
            note: None,
        }
    }

    #[test]
    fn floors_are_named() {
        let table = render(&[line()]);
        assert!(table.contains("387k 1/s (relay)"), "{table}");
    }

    #[test]
    fn what_is_missing_is_told_with_its_reason() {
        let missing = Line {
            floor: None,
            note: Some("missing: it is not installed".into()),
            ..line()
        };
        let table = render(&[missing]);
        assert!(table.contains("| missing (relay) "), "{table}");
        let note = "* call, calls/s (relay): missing: it is not installed\n";
        assert!(table.ends_with(note), "{table}");
    }
}
