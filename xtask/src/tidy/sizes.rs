//! Rules `file-length` and `line-length`: what fits on few screens is read.
//!
//! Lines with an address are exempt from their limit: an address cannot be broken.

use super::{Input, Problem, repository::extension};

const FILE_LINES_MAX: usize = 600;
const SDK_SCRIPT_LINES_MAX: usize = 400;
const ARCHITECTURE_LINES_MAX: usize = 300;
const LINE_COLUMNS_MAX: usize = 100;

const CODE: &[&str] = &["rs", "ts", "tsx", "js", "mjs", "py", "sh"];

pub(super) fn check(input: &Input) -> Vec<Problem> {
    let texts = input.repository.texts();
    texts.flat_map(|(path, text)| file(path, text)).collect()
}

fn file(path: &str, text: &str) -> Vec<Problem> {
    let problem = |line, rule, text| Problem {
        path: path.to_owned(),
        line,
        rule,
        text,
    };
    let mut problems = Vec::new();
    let lines = text.lines().count();
    if let Some(most) = lines_max(path).filter(|most| lines > *most) {
        let text = format!("{lines} lines, at most {most}: split it by idea");
        problems.push(problem(0, "file-length", text));
    }
    if CODE.contains(&extension(path)) {
        for (index, line) in text.lines().enumerate() {
            let columns = line.chars().count();
            if columns > LINE_COLUMNS_MAX && !line.contains("://") {
                let text = format!("{columns} columns, at most {LINE_COLUMNS_MAX}");
                problems.push(problem(index + 1, "line-length", text));
            }
        }
    }
    problems
}

fn lines_max(path: &str) -> Option<usize> {
    match extension(path) {
        "md" if path == "ARCHITECTURE.md" => Some(ARCHITECTURE_LINES_MAX),
        "rs" => Some(FILE_LINES_MAX),
        kind if CODE.contains(&kind) && path.starts_with("sdk/") => Some(SDK_SCRIPT_LINES_MAX),
        kind if CODE.contains(&kind) => Some(FILE_LINES_MAX),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn a_long_file_is_found() {
        let lines = "x\n".repeat(601);
        let found = check(&fixture::input(&[("a.rs", &lines), ("a.json", &lines)]));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].rule, "file-length");
    }

    #[test]
    fn scripts_of_the_sdks_and_the_architecture_have_tighter_limits() {
        let lines = "x\n".repeat(401);
        let files = [
            ("sdk/python/a.py", &*lines),
            ("ARCHITECTURE.md", &lines),
            ("b.py", &lines),
        ];
        assert_eq!(check(&fixture::input(&files)).len(), 2);
    }

    #[test]
    fn a_long_line_is_found_in_code_unless_it_holds_an_address() {
        let long = "é".repeat(101);
        let address = format!("// https://{long}");
        let fits = "é".repeat(100);
        let files = [
            ("a.rs", &*long),
            ("b.rs", &fits),
            ("c.rs", &address),
            ("d.md", &long),
        ];
        let found = check(&fixture::input(&files));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(
            (found[0].path.as_str(), found[0].rule),
            ("a.rs", "line-length")
        );
    }
}
