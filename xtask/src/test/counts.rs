//! Counting tests by the closing lines of the runners.

/// Who runs the tests. Nextest shows what a failed test printed, closing lines of libtest included,
/// so a line counts for its own runner only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Runner {
    Libtest,
    Nextest,
}

/// How tests ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) passed: usize,
    pub(super) failed: usize,
}

impl Counts {
    pub(super) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }

    /// What a line says when it closes a run of this runner, else nothing.
    pub(super) fn of_line(runner: Runner, line: &str) -> Self {
        let line = line.trim();
        let closing = match runner {
            Runner::Libtest => line
                .strip_prefix("test result:")
                .and_then(|rest| rest.split_once('.')),
            Runner::Nextest => line
                .strip_prefix("Summary [")
                .and_then(|rest| rest.split_once("run:")),
        };
        let (_, closing) = closing.unwrap_or_default();
        let count = |word: &str| -> usize {
            let parts = closing.split([',', ';']);
            let mut counts = parts.filter_map(|part| part.trim().split_once(' '));
            let count = counts.find(|(_, what)| what.split([' ', '(']).next() == Some(word));
            count.and_then(|(count, _)| count.parse().ok()).unwrap_or(0)
        };
        Self {
            passed: count("passed"),
            failed: count("failed") + count("timed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_of_both_runners_are_read() {
        let of = |runner, line| {
            let counts = Counts::of_line(runner, line);
            (counts.passed, counts.failed)
        };
        let (libtest, nextest) = (Runner::Libtest, Runner::Nextest);
        assert_eq!(
            of(libtest, "test result: ok. 4 passed; 0 failed; 0 ignored"),
            (4, 0)
        );
        assert_eq!(
            of(
                libtest,
                "test result: FAILED. 45 passed; 2 failed; 0 ignored"
            ),
            (45, 2)
        );
        assert_eq!(of(libtest, "test it ... ok, 3 passed"), (0, 0));
        let line = "     Summary [   0.3s] 46 tests run: 46 passed, 0 skipped";
        assert_eq!(of(nextest, line), (46, 0));
        let line = "Summary [ 9.3s] 46 tests run: 44 passed (1 slow), 2 failed, 1 timed out";
        assert_eq!(of(nextest, line), (44, 3));
        assert_eq!(
            of(nextest, "test result: FAILED. 0 passed; 1 failed"),
            (0, 0)
        );
    }
}
