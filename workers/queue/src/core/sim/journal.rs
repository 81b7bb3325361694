//! What happened, in words: the tail of it for a failure, all of it to compare two runs.

use std::collections::VecDeque;
use std::fmt::{Arguments, Write};

/// Lines kept for a failure.
const TAIL_LINES: usize = 400;

/// Writes down one line for each step.
pub(super) struct Journal {
    whole: Option<String>,
    tail: VecDeque<String>,
}

impl Journal {
    /// Keeps only the end.
    pub(super) fn short() -> Self {
        Self {
            whole: None,
            tail: VecDeque::new(),
        }
    }

    /// Keeps everything.
    pub(super) fn whole() -> Self {
        Self {
            whole: Some(String::new()),
            tail: VecDeque::new(),
        }
    }

    pub(super) fn line(&mut self, line: Arguments<'_>) {
        if let Some(whole) = &mut self.whole {
            // Writing to a string cannot fail.
            let _ = whole.write_fmt(line);
            whole.push('\n');
            return;
        }
        let mut text = if self.tail.len() >= TAIL_LINES {
            self.tail.pop_front().unwrap_or_default()
        } else {
            String::new()
        };
        text.clear();
        let _ = text.write_fmt(line);
        self.tail.push_back(text);
    }

    /// The last lines.
    pub(super) fn tail(&self) -> String {
        match &self.whole {
            Some(whole) => {
                let from = whole.lines().count().saturating_sub(TAIL_LINES);
                whole.lines().skip(from).collect::<Vec<_>>().join("\n")
            }
            None => Vec::from(self.tail.clone()).join("\n"),
        }
    }

    /// Everything, if everything was kept.
    pub(super) fn text(&self) -> &str {
        self.whole.as_deref().unwrap_or_default()
    }
}
