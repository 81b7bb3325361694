//! Rule `machine-path`: no file names a folder of the machine it was written on.

use super::{Input, Problem};

pub(super) fn check(input: &Input) -> Vec<Problem> {
    let prefixes = &input.settings.machine_paths.prefixes;
    let texts = input.repository.texts();
    // The settings are where the prefixes have to stand.
    let texts = texts.filter(|(path, _)| *path != "xtask/tidy.toml");
    texts
        .flat_map(|(path, text)| file(path, text, prefixes))
        .collect()
}

fn file(path: &str, text: &str, prefixes: &[String]) -> Vec<Problem> {
    let lines = text.lines().enumerate();
    lines
        .filter_map(|(index, line)| {
            let prefix = prefixes.iter().find(|prefix| names(line, prefix))?;
            Some(Problem {
                path: path.to_owned(),
                line: index + 1,
                rule: "machine-path",
                text: format!("`{prefix}` is a folder of one machine only"),
            })
        })
        .collect()
}

/// Whether `prefix` stands in `line` as the beginning of an absolute path.
fn names(line: &str, prefix: &str) -> bool {
    let part = |letter: char| letter.is_alphanumeric() || "_-.".contains(letter);
    line.match_indices(prefix).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + prefix.len()..].chars().next();
        let begins = before.is_none_or(|letter| !part(letter) && !"/}*:".contains(letter));
        begins && after.is_none_or(|letter| !part(letter))
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn only_absolute_paths_are_found() {
        let prefix = &fixture::input(&[]).settings.machine_paths.prefixes[0];
        for bad in [
            format!("cd {prefix}/x"),
            format!("\"{prefix}\""),
            prefix.clone(),
        ] {
            assert_eq!(check(&fixture::input(&[("a.md", &bad)])).len(), 1, "{bad}");
        }
        for good in [
            format!("{prefix}ers"),
            format!("..{prefix}/x"),
            format!("a{prefix}"),
        ] {
            assert_eq!(check(&fixture::input(&[("a.md", &good)])), [], "{good}");
        }
    }
}
