//! Rows of text in columns.

/// Aligns rows under a heading, two spaces apart. Control characters do not reach the terminal:
/// names and descriptions come from other processes.
pub(crate) fn render<const COLUMNS: usize>(
    heading: [&str; COLUMNS],
    rows: &[[String; COLUMNS]],
) -> String {
    let clean: Vec<[String; COLUMNS]> = std::iter::once(heading.map(str::to_owned))
        .chain(rows.iter().cloned())
        .map(|row| row.map(|cell| printable(&cell)))
        .collect();
    let width = |column: usize| {
        clean
            .iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..COLUMNS).map(width).collect();
    let mut out = String::new();
    for row in &clean {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            let padding = width - cell.chars().count() + 2;
            line.extend(std::iter::repeat_n(' ', padding));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// Text without what could move the cursor or turn the direction of writing.
pub(crate) fn printable(text: &str) -> String {
    const TURNS: [char; 12] = [
        '\u{61c}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}',
        '\u{202e}', '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}',
    ];
    text.chars()
        .map(|character| match character {
            '\n' | '\t' => ' ',
            other => other,
        })
        .filter(|character| !character.is_control() && !TURNS.contains(character))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::render;

    #[test]
    fn columns_are_aligned_and_lines_have_no_tail() {
        let rows = [
            ["state::get".to_owned(), "state".to_owned(), String::new()],
            [
                "é".to_owned(),
                "x".to_owned(),
                "a\u{1b}[31m\nb\u{202e}".to_owned(),
            ],
        ];
        assert_eq!(
            render(["FUNCTION", "WORKER", "DESCRIPTION"], &rows),
            "FUNCTION    WORKER  DESCRIPTION\n\
             state::get  state\n\
             é           x       a[31m b\n"
        );
    }
}
