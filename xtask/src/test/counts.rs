//! Counting tests by the closing lines of the runners.

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

    /// What a line says when it closes a run of libtest or of nextest, else nothing.
    pub(super) fn of_line(line: &str) -> Self {
        let line = line.trim();
        let closing = if let Some(rest) = line.strip_prefix("test result:") {
            rest.split_once('.').map(|(_, counts)| counts)
        } else if let Some(rest) = line.strip_prefix("Summary [") {
            rest.split_once("run:").map(|(_, counts)| counts)
        } else {
            None
        };
        let closing = closing.unwrap_or_default();
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
        let of = |line| {
            let counts = Counts::of_line(line);
            (counts.passed, counts.failed)
        };
        assert_eq!(
            of("test result: ok. 4 passed; 0 failed; 0 ignored; 0 measured"),
            (4, 0)
        );
        assert_eq!(
            of("test result: FAILED. 45 passed; 2 failed; 0 ignored"),
            (45, 2)
        );
        assert_eq!(
            of("     Summary [   0.3s] 46 tests run: 46 passed, 0 skipped"),
            (46, 0)
        );
        let slow = "Summary [ 9.3s] 46 tests run: 44 passed (1 slow), 2 failed, 1 timed out";
        assert_eq!(of(slow), (44, 3));
        assert_eq!(of("test it ... ok, 3 passed"), (0, 0));
    }
}
