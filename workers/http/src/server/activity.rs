//! Whether an HTTP/2 connection has anything to do.
//!
//! HTTP/1.1 has a time limit for heads, which also ends idle connections. HTTP/2 has none: a client
//! could hold a connection for ever, with half a request or with nothing but answers to pings.

use super::paced::{Turn, until_taken};
use crate::tasks::Tasks;
use hyper::rt::Executor;
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Runs the requests of one connection, and counts them.
#[derive(Clone)]
pub(super) struct Activity {
    tasks: Tasks,
    counts: Arc<Counts>,
    /// Of the request that is run next.
    next: Arc<Mutex<Option<Turn>>>,
    /// How long clients may take to go on reading an answer.
    patience: Duration,
}

#[derive(Default)]
struct Counts {
    begun: AtomicU64,
    ended: AtomicU64,
}

impl Activity {
    pub(super) fn new(tasks: Tasks, patience: Duration) -> Self {
        Self {
            tasks,
            counts: Arc::default(),
            next: Arc::default(),
            patience,
        }
    }

    /// Whose turn it is in the request that begins now. hyper runs a request right after it has
    /// asked its service for it, which is when this is called.
    pub(super) fn turn(&self) -> Turn {
        let turn = Turn::new();
        *self.next.lock() = Some(turn.clone());
        turn
    }

    /// Whether no request is in progress.
    pub(super) fn is_idle(&self) -> bool {
        let ended = self.counts.ended.load(Ordering::Acquire);
        ended == self.counts.begun.load(Ordering::Acquire)
    }

    /// Waits until nothing has happened for `limit`, or up to twice as long: looking twice is
    /// cheaper than a timer that every request sets anew.
    pub(super) async fn idle_for(&self, limit: Duration) {
        let mut before = None;
        loop {
            let begun = self.counts.begun.load(Ordering::Acquire);
            if self.is_idle() && before == Some(begun) {
                return;
            }
            before = Some(begun);
            tokio::time::sleep(limit).await;
        }
    }
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Activity {
    fn execute(&self, request: F) {
        self.counts.begun.fetch_add(1, Ordering::AcqRel);
        let running = Running(Arc::clone(&self.counts));
        let taken = until_taken(request, self.next.lock().take(), self.patience);
        self.tasks.spawn(async move {
            taken.await;
            drop(running);
        });
    }
}

struct Running(Arc<Counts>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::AcqRel);
    }
}
