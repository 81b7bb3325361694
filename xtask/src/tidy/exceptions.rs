//! Takes away what `xtask/tidy.toml` accepts, and reports exceptions that have no use or no reason.

use super::{Problem, settings::Exception};

pub(super) fn apply(found: Vec<Problem>, exceptions: &[Exception]) -> Vec<Problem> {
    let mut used = vec![false; exceptions.len()];
    let mut left = Vec::new();
    for problem in found {
        let excuse = exceptions
            .iter()
            .position(|exception| excuses(exception, &problem));
        match excuse {
            Some(index) => used[index] = true,
            None => left.push(problem),
        }
    }
    for (exception, used) in exceptions.iter().zip(used) {
        let text = if !used {
            format!(
                "the exception from `{}` excuses nothing: remove it",
                exception.rule
            )
        } else if exception.reason.trim().is_empty() {
            format!("the exception from `{}` gives no reason", exception.rule)
        } else {
            continue;
        };
        left.push(Problem {
            path: exception.path.clone(),
            line: 0,
            rule: "exception",
            text,
        });
    }
    left
}

fn excuses(exception: &Exception, problem: &Problem) -> bool {
    let item = exception.item.as_deref().unwrap_or_default();
    exception.rule == problem.rule && exception.path == problem.path && problem.text.contains(item)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> Problem {
        Problem {
            path: "a.rs".into(),
            line: 3,
            rule: "line-length",
            text: text.into(),
        }
    }

    fn exception(item: Option<&str>, reason: &str) -> Exception {
        Exception {
            rule: "line-length".into(),
            path: "a.rs".into(),
            item: item.map(str::to_owned),
            reason: reason.into(),
        }
    }

    #[test]
    fn an_exception_excuses_what_it_names_and_nothing_else() {
        let exceptions = [exception(Some("one"), "a table")];
        let left = apply(vec![problem("one"), problem("two")], &exceptions);
        assert_eq!(left, [problem("two")]);
    }

    #[test]
    fn an_exception_without_use_or_reason_is_a_problem() {
        assert_eq!(apply(vec![], &[exception(None, "a table")]).len(), 1);
        assert_eq!(apply(vec![problem("x")], &[exception(None, " ")]).len(), 1);
    }
}
