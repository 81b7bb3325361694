//! Markdown tables whose columns line up.

use std::fmt::Write as _;

pub(crate) fn render<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> String {
    let mut widths = head.map(str::len);
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let rule = widths.map(|width| "-".repeat(width));
    let head = head.map(str::to_owned);
    let mut table = String::new();
    for row in [head, rule].iter().chain(rows) {
        let cells = row.iter().zip(widths);
        let cells: Vec<_> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        let _ = writeln!(table, "| {} |", cells.join(" | "));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::render;

    #[test]
    fn columns_line_up() {
        let table = render(["a", "long head"], &[["wide cell".into(), "b".into()]]);
        let lengths: Vec<_> = table.lines().map(str::len).collect();
        assert_eq!(lengths, [25; 3], "{table}");
    }
}
