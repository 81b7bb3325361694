//! The line of writes in front of the writer.

use super::{Failure, Tables};
use parking_lot::{Condvar, Mutex};
use std::time::Duration;
use tokio::sync::oneshot;

/// Work for the writer, and who waits for it.
pub(super) struct Job(Box<dyn Steps>);

/// A job is done in a group with others, and told about when the group is on the disk.
trait Steps: Send {
    fn run(&mut self, tables: &mut Tables) -> Result<(), Failure>;
    fn tell(self: Box<Self>, ended: Result<(), Failure>);
}

struct Task<F, T, E> {
    work: Option<F>,
    done: Option<Result<T, E>>,
    tell: oneshot::Sender<Answer<T, E>>,
}

/// What comes of a job: it is done, or refused by what it found, or the store failed.
pub(crate) type Answer<T, E> = Result<Result<T, E>, Failure>;

impl Job {
    pub(super) fn new<F, T, E>(work: F, tell: oneshot::Sender<Answer<T, E>>) -> Self
    where
        F: FnOnce(&mut Tables) -> Answer<T, E> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        Self(Box::new(Task {
            work: Some(work),
            done: None,
            tell,
        }))
    }

    /// Does the work.
    ///
    /// # Errors
    /// The medium failed; the group is lost.
    pub(super) fn run(&mut self, tables: &mut Tables) -> Result<(), Failure> {
        self.0.run(tables)
    }

    /// Answers, now that it is known how the group has ended.
    pub(super) fn tell(self, ended: Result<(), Failure>) {
        self.0.tell(ended);
    }
}

impl<F, T, E> Steps for Task<F, T, E>
where
    F: FnOnce(&mut Tables) -> Answer<T, E> + Send,
    T: Send,
    E: Send,
{
    fn run(&mut self, tables: &mut Tables) -> Result<(), Failure> {
        if let Some(work) = self.work.take() {
            self.done = Some(tables.attempt(work)?);
        }
        Ok(())
    }

    fn tell(self: Box<Self>, ended: Result<(), Failure>) {
        let Self { done, tell, .. } = *self;
        let answer = ended.and_then(|()| done.ok_or(Failure::Closed));
        // Whoever asked may not wait any more.
        let _ = tell.send(answer);
    }
}

/// Why a job got no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    Full,
    Closed,
}

/// The line.
pub(super) struct Line {
    waiting: Mutex<Waiting>,
    changed: Condvar,
    max: usize,
}

#[derive(Default)]
struct Waiting {
    jobs: Vec<Job>,
    is_closed: bool,
}

impl Line {
    pub(super) fn new(max: usize) -> Self {
        Self {
            waiting: Mutex::default(),
            changed: Condvar::new(),
            max,
        }
    }

    pub(super) fn join(&self, job: Job) -> Result<(), Refused> {
        let mut waiting = self.waiting.lock();
        if waiting.is_closed {
            return Err(Refused::Closed);
        }
        if waiting.jobs.len() >= self.max {
            return Err(Refused::Full);
        }
        waiting.jobs.push(job);
        let is_first = waiting.jobs.len() == 1;
        drop(waiting);
        if is_first {
            self.changed.notify_one();
        }
        Ok(())
    }

    /// Takes everything that is in line, at most `max`, and waits for the first. `None` when the
    /// line is closed and empty.
    pub(super) fn take(&self, max: usize, linger: Duration) -> Option<Vec<Job>> {
        let mut waiting = self.waiting.lock();
        while waiting.jobs.is_empty() {
            if waiting.is_closed {
                return None;
            }
            self.changed.wait(&mut waiting);
        }
        if !linger.is_zero() && waiting.jobs.len() < max && !waiting.is_closed {
            drop(waiting);
            std::thread::sleep(linger);
            waiting = self.waiting.lock();
        }
        if waiting.jobs.len() <= max {
            return Some(std::mem::take(&mut waiting.jobs));
        }
        let rest = waiting.jobs.split_off(max);
        Some(std::mem::replace(&mut waiting.jobs, rest))
    }

    /// Lets nobody in any more.
    pub(super) fn close(&self) {
        self.waiting.lock().is_closed = true;
        self.changed.notify_one();
    }

    /// Why there is no file to read.
    pub(super) fn state(&self) -> Failure {
        if self.waiting.lock().is_closed {
            Failure::Closed
        } else {
            Failure::Io("the disk failed a moment ago".to_owned())
        }
    }
}
