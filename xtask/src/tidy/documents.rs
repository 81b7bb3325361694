//! Rules `dead-document` and `dead-link`: every page can be reached, every link leads somewhere.

use super::{
    Input, Problem,
    repository::{extension, folder, join},
};
use std::collections::BTreeSet;

pub(super) fn check(input: &Input) -> Vec<Problem> {
    let repository = &input.repository;
    let mut linked = BTreeSet::new();
    let mut problems = Vec::new();
    for (page, text) in repository
        .texts()
        .filter(|(path, _)| extension(path) == "md")
    {
        for (line, target) in links(text) {
            let Some(path) = join(folder(page), &target) else {
                continue;
            };
            if !repository.contains(&path) && !repository.has_folder(&path) {
                problems.push(Problem {
                    path: page.to_owned(),
                    line,
                    rule: "dead-link",
                    text: format!("`{target}` is not there"),
                });
            } else if path != page {
                linked.insert(path);
            }
        }
    }
    let pages = repository.files().map(|(path, _)| path);
    let unlinked = pages.filter(|path| is_page(path) && !linked.contains(*path));
    problems.extend(unlinked.map(|path| Problem {
        path: path.to_owned(),
        line: 0,
        rule: "dead-document",
        text: "no other page links here".into(),
    }));
    problems
}

/// Pages that readers find by links; a README is found by its folder.
fn is_page(path: &str) -> bool {
    let found_by_link = path.starts_with("docs/") || path.starts_with("protocol/");
    found_by_link && extension(path) == "md" && !path.ends_with("/README.md")
}

/// The relative links of a Markdown text with their lines, without their fragments.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut links = Vec::new();
    let mut in_code = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        let inline = line
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split([')', ' ']).next());
        let reference = line
            .strip_prefix('[')
            .and_then(|rest| rest.split_once("]: "));
        let reference = reference.map(|(_, target)| target.trim());
        for target in inline.chain(reference) {
            let target = target.split('#').next().unwrap_or_default();
            let elsewhere = target.contains("://") || target.starts_with("mailto:");
            if !target.is_empty() && !elsewhere {
                links.push((index + 1, target.to_owned()));
            }
        }
    }
    links
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn a_page_without_a_link_and_a_link_without_a_page_are_found() {
        let readme = "[a](docs/a.md#part) [x](https://x) [gone](docs/gone.md)\n\
                      ```\n[code](no.md)\n```\n[r]: docs/r.md\n";
        let found = check(&fixture::input(&[
            ("README.md", readme),
            (
                "docs/a.md",
                "[self](a.md) [up](../README.md) [folder](guides)",
            ),
            ("docs/r.md", ""),
            ("docs/lost.md", "[lost](lost.md)"),
            ("docs/guides/README.md", ""),
        ]));
        let places: Vec<_> = found
            .iter()
            .map(|problem| (&*problem.path, problem.line))
            .collect();
        assert_eq!(places, [("README.md", 1), ("docs/lost.md", 0)]);
    }
}
