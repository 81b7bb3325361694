//! The figures for people: a Markdown table, ready for the documentation.

use super::figures::Line;
use crate::table;

const HEAD: [&str; 7] = ["name", "what", "floor", "iii", "ratio", "target", "met"];

pub(super) fn render(lines: &[Line]) -> String {
    let rows: Vec<[String; 7]> = lines.iter().map(row).collect();
    table::render(HEAD, &rows)
}

fn row(line: &Line) -> [String; 7] {
    let floor = line.floor.zip(line.against);
    let met = line.met.map(|met| if met { "yes" } else { "NO" });
    [
        line.name.to_owned(),
        line.what.to_owned(),
        floor.map_or(String::new(), |(floor, name)| {
            format!("{} {} ({name})", figure(floor), line.unit)
        }),
        format!("{} {}", figure(line.engine), line.unit),
        line.ratio
            .map_or(String::new(), |ratio| format!("{ratio:.2}")),
        line.target.clone().unwrap_or_default(),
        met.unwrap_or_default().to_owned(),
    ]
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

    #[test]
    fn floors_are_named() {
        let line = Line {
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
        };
        let table = render(&[line]);
        assert!(table.contains("387k 1/s (relay)"), "{table}");
    }
}
