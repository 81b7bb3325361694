//! What was skipped and why, and whether it was allowed to be.

use super::Report;
use crate::required::{self, Test};
use anyhow::Result;
use std::fmt::Write as _;

/// Something that did not run.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Skip {
    pub(super) name: String,
    pub(super) reason: String,
    /// A test, as opposed to a part of setup.
    pub(super) in_test: bool,
    /// Required, and nothing that it needs is out of reach: this counts as a failure.
    pub(super) refused: bool,
}

/// The skips of setup and those that tests wrote to the log, one `name<TAB>reason` a line.
pub(super) fn collect(report: &Report, log: &str) -> Result<Vec<Skip>> {
    Ok(judge(report, log, &required::read()?.test))
}

fn judge(report: &Report, log: &str, required: &[Test]) -> Vec<Skip> {
    let parts = report.skipped().map(|(part, reason)| Skip {
        name: format!("setup of {}", part.name),
        reason: reason.to_owned(),
        in_test: false,
        refused: part.failed(),
    });
    let tests = log.lines().filter(|line| !line.is_empty()).map(|line| {
        let (name, reason) = line.split_once('\t').unwrap_or((line, "no reason given"));
        let rule = required.iter().find(|rule| name.starts_with(&rule.name));
        let excused = |rule: &Test| rule.needs.iter().any(|part| report.out_of_reach(part));
        Skip {
            name: name.to_owned(),
            reason: reason.to_owned(),
            in_test: true,
            refused: rule.is_some_and(|rule| !excused(rule)),
        }
    });
    let mut skips: Vec<_> = parts.chain(tests).collect();
    skips.sort();
    skips
}

/// The table for people, or one line when nothing was skipped.
pub(super) fn table(skips: &[Skip]) -> String {
    if skips.is_empty() {
        return "nothing was skipped\n".into();
    }
    let width = skips
        .iter()
        .map(|skip| skip.name.chars().count())
        .max()
        .unwrap_or(0);
    let mut out = String::from("skipped:\n");
    for skip in skips {
        let verdict = if skip.refused {
            "REQUIRED, counts as failed: "
        } else {
            ""
        };
        let _ = writeln!(out, "  {:width$}  {verdict}{}", skip.name, skip.reason);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(part_reachable: bool, log: &str) -> Vec<bool> {
        let rules = [Test {
            name: "compat::python".into(),
            needs: vec!["python".into()],
        }];
        let skips = judge(&Report::without("python", part_reachable), log, &rules);
        let tests = skips.iter().filter(|skip| skip.in_test);
        tests.map(|skip| skip.refused).collect()
    }

    #[test]
    fn a_required_test_may_skip_only_when_its_part_is_out_of_reach() {
        assert_eq!(
            refused(false, "compat::python::calls\tno client\n"),
            [false]
        );
        assert_eq!(refused(true, "compat::python::calls\tno client\n"), [true]);
    }

    #[test]
    fn any_other_test_may_skip() {
        assert_eq!(
            refused(true, "disk::full\tneeds root\nodd line\n"),
            [false, false]
        );
    }

    #[test]
    fn a_required_part_in_reach_is_refused() {
        let skips = judge(&Report::without("python", true), "", &[]);
        assert!(skips[0].refused && !skips[0].in_test);
    }
}
