//! What a process writes, collected while it runs.

use crate::clock::Deadline;
use crate::wait::PATIENCE;
use parking_lot::{Condvar, Mutex};
use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;

/// Lines of one stream, as they come.
#[derive(Clone, Default)]
pub(super) struct Lines {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    lines: Vec<String>,
    /// Streams that have not ended; a process that was started again has another one.
    open: usize,
}

impl Lines {
    /// Collects a stream until it ends. The thread ends with the process that writes.
    pub(super) fn collect(&self, stream: impl Read + Send + 'static) {
        let lines = self.clone();
        lines.shared.state.lock().open += 1;
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines() {
                let Ok(line) = line else { break };
                lines.shared.state.lock().lines.push(line);
                lines.shared.changed.notify_all();
            }
            lines.shared.state.lock().open -= 1;
            lines.shared.changed.notify_all();
        });
    }

    pub(super) fn text(&self) -> String {
        self.shared.state.lock().lines.join("\n")
    }

    /// The first line from number `from` on that `select` takes, with the number after it. None
    /// when the stream ended without, or it took too long.
    pub(super) fn find<T>(
        &self,
        from: usize,
        mut select: impl FnMut(&str) -> Option<T>,
    ) -> Option<(T, usize)> {
        let deadline = Deadline::after(PATIENCE);
        let mut state = self.shared.state.lock();
        let mut next = from;
        loop {
            while let Some(line) = state.lines.get(next) {
                next += 1;
                if let Some(found) = select(line) {
                    return Some((found, next));
                }
            }
            if state.open == 0 {
                return None;
            }
            self.shared.changed.wait_for(&mut state, deadline.left()?);
        }
    }
}
