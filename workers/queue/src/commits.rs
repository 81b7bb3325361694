//! Making changes durable: in the order in which they were decided, and told in that order.

use crate::core::{Broker, Then, Ticket};
use crate::error;
use crate::hub::Hub;
use crate::limits::{COMMIT_RETRY, COMMIT_RETRY_MAX, COMMITS_MAX};
use crate::tasks;
use iii_kit::HandlerError;
use iii_ports::Reply;
use iii_ports::lease::Fence;
use iii_ports::log::{Change, CommitError};
use std::future::Future;
use std::sync::Arc;
use tokio::sync::{Notify, mpsc, oneshot};

/// How a commit ended.
pub(crate) type Written = Result<(), CommitError>;

/// Commits on their way.
pub(crate) struct Commits {
    fence: Fence,
    line: mpsc::Sender<Commit>,
    /// Somebody's fate is known.
    decided: Arc<Notify>,
}

struct Commit {
    reply: Reply<Written>,
    then: Then,
    /// To try again with, where it has to succeed.
    again: Option<Vec<Change>>,
    tell: Option<oneshot::Sender<Written>>,
}

/// The receiving end, for [`run`].
pub(crate) struct Line(mpsc::Receiver<Commit>);

impl Commits {
    pub(crate) fn new(fence: Fence) -> (Self, Line) {
        let (line, receiver) = mpsc::channel(COMMITS_MAX);
        let commits = Self {
            fence,
            line,
            decided: Arc::new(Notify::new()),
        };
        (commits, Line(receiver))
    }

    /// Begins a commit whose failure its caller is told. Called under the lock of the broker, so
    /// that commits reach the store in the order in which they were decided.
    pub(crate) fn submit(
        &self,
        hub: &Hub,
        ticket: Ticket,
        broker: &mut Broker,
    ) -> Result<oneshot::Receiver<Written>, HandlerError> {
        let Ok(place) = self.line.try_reserve() else {
            broker.not_written(&ticket.then, hub.now());
            return Err(error::not_written(&CommitError::Busy));
        };
        let (tell, told) = oneshot::channel();
        place.send(Commit {
            reply: hub.log.commit(self.fence, ticket.changes),
            then: ticket.then,
            again: None,
            tell: Some(tell),
        });
        Ok(told)
    }

    /// Begins a commit that has to succeed; it is tried until it does.
    pub(crate) fn insist(&self, hub: &Arc<Hub>, ticket: Ticket) {
        let Ok(place) = self.line.try_reserve() else {
            let hub = Arc::clone(hub);
            let again = Arc::clone(&hub);
            hub.tasks.spawn(async move { again.retry(ticket).await });
            return;
        };
        let again = Some(ticket.changes.clone());
        place.send(Commit {
            reply: hub.log.commit(self.fence, ticket.changes),
            then: ticket.then,
            again,
            tell: None,
        });
    }

    /// Changes that nothing else waits for.
    pub(crate) fn plain(&self, hub: &Hub, changes: Vec<Change>) -> Reply<Written> {
        hub.log.commit(self.fence, changes)
    }

    /// Resolves when the fate of some enqueue is known, from now on. Called before the lock
    /// of the broker is let go under which that fate was not known: else it could be missed.
    pub(crate) fn decided(&self) -> impl Future<Output = ()> + use<> {
        let decided = Arc::clone(&self.decided);
        let mut notified = Box::pin(decided.notified_owned());
        notified.as_mut().enable();
        notified
    }
}

/// Tells the broker and the callers what became of commits, until the worker stops.
pub(crate) async fn run(hub: Arc<Hub>, mut line: Line) {
    while let Some(commit) = next(&hub, &mut line).await {
        let written = commit.reply.await;
        match (&written, commit.again) {
            (Ok(()), _) => hub.broker.lock().written(commit.then, hub.now()),
            (Err(error), Some(changes)) => {
                tracing::warn!(%error, "queue.commit_failed");
                if matches!(error, CommitError::Fenced { .. }) {
                    hub.give_up().await;
                    return;
                }
                let ticket = Ticket {
                    changes,
                    then: commit.then,
                };
                hub.halt(&ticket);
                let again = Arc::clone(&hub);
                hub.tasks.spawn(async move { again.retry(ticket).await });
            }
            (Err(_), None) => hub.broker.lock().not_written(&commit.then, hub.now()),
        }
        hub.commits.decided.notify_waiters();
        if let Some(tell) = commit.tell {
            // Whoever asked may not wait any more.
            let _ = tell.send(written);
        }
        // Commits that share a flush are answered together; what they let begin begins together.
        if line.0.is_empty() {
            hub.pump();
        }
    }
}

/// The next commit; what was begun before the worker stops is waited for.
async fn next(hub: &Hub, line: &mut Line) -> Option<Commit> {
    tokio::select! {
        biased;
        commit = line.0.recv() => commit,
        () = hub.stop.cancelled() => None,
    }
}

impl Hub {
    /// Nothing of the queue begins while its endings cannot be written.
    fn halt(&self, ticket: &Ticket) {
        if let Then::Settled(queue, _) = &ticket.then {
            self.broker.lock().with(*queue, |queue, _| queue.halt());
        }
    }

    async fn retry(self: Arc<Self>, ticket: Ticket) {
        let mut wait = COMMIT_RETRY;
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tasks::pause(wait) => {}
            }
            let written = self.commits.plain(&self, ticket.changes.clone()).await;
            match written {
                Ok(()) => break,
                Err(CommitError::Closed | CommitError::Fenced { .. }) => return,
                Err(_) => wait = (wait * 2).min(COMMIT_RETRY_MAX),
            }
        }
        self.broker.lock().written(ticket.then, self.now());
        self.commits.decided.notify_waiters();
        self.pump();
    }
}
