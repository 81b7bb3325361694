//! The line of writes in front of the writer.

use super::layers::Base;
use super::{Failure, Tables};
use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
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
    done: Option<Answer<T, E>>,
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
        let answer = ended.and_then(|()| done.unwrap_or(Err(Failure::Closed)));
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

/// The line, and where the writer waits.
pub(super) struct Line {
    waiting: Mutex<Waiting>,
    changed: Condvar,
    max: usize,
}

#[derive(Default)]
struct Waiting {
    jobs: Vec<Job>,
    checkpoint: Option<Written>,
    is_closed: bool,
}

/// How a checkpoint has ended.
pub(super) type Written = Result<Arc<Base>, Failure>;

/// What is to be done next.
pub(super) enum Turn {
    Jobs(Vec<Job>),
    Checkpoint(Written),
    /// Nothing has happened for as long as the writer wanted to wait.
    Idle,
    Closed,
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

    /// What is to be done next: a checkpoint has ended, or everything that is in line, at most
    /// `max`. Waits for `patience`, or for ever.
    pub(super) fn next(&self, max: usize, linger: Duration, patience: Option<Duration>) -> Turn {
        let mut waiting = self.waiting.lock();
        let mut is_over = false;
        loop {
            if let Some(written) = waiting.checkpoint.take() {
                return Turn::Checkpoint(written);
            }
            if !waiting.jobs.is_empty() {
                break;
            }
            if waiting.is_closed {
                return Turn::Closed;
            }
            if is_over {
                return Turn::Idle;
            }
            match patience {
                Some(patience) => {
                    is_over = self.changed.wait_for(&mut waiting, patience).timed_out();
                }
                None => self.changed.wait(&mut waiting),
            }
        }
        if !linger.is_zero() && waiting.jobs.len() < max && !waiting.is_closed {
            drop(waiting);
            std::thread::sleep(linger);
            waiting = self.waiting.lock();
        }
        if waiting.jobs.len() <= max {
            return Turn::Jobs(std::mem::take(&mut waiting.jobs));
        }
        let rest = waiting.jobs.split_off(max);
        Turn::Jobs(std::mem::replace(&mut waiting.jobs, rest))
    }

    /// Waits until the checkpoint that is being written has ended.
    pub(super) fn checkpoint(&self) -> Written {
        let mut waiting = self.waiting.lock();
        loop {
            if let Some(written) = waiting.checkpoint.take() {
                return written;
            }
            self.changed.wait(&mut waiting);
        }
    }

    pub(super) fn checkpoint_ended(&self, written: Written) {
        self.waiting.lock().checkpoint = Some(written);
        self.changed.notify_one();
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
