//! One session with its connection, and the task that drives both.

use super::executor::Local;
use crate::core::{Moment, Session, SessionId};
use iii_transport::{Closed, Connection, Inbound};
use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::time::{Instant, Sleep};

/// Most messages of one connection handled in one turn, so that others get theirs.
const BATCH_MAX: usize = 256;
/// How long a closing connection may take to deliver its farewell.
const FAREWELL: Duration = Duration::from_secs(2);

/// A session and its connection on their executor thread.
pub(super) struct Live {
    pub(super) id: SessionId,
    pub(super) session: RefCell<Session>,
    pub(super) connection: RefCell<Box<dyn Connection>>,
    /// Admits only telemetry; it is no worker.
    pub(super) telemetry_only: bool,
    /// Something was queued since the last flush.
    pub(super) dirty: Cell<bool>,
    /// The last flush left something.
    flushing: Cell<bool>,
    closing: Cell<Option<(u16, &'static str)>>,
    /// Some of what an earlier flush left was taken since the timer fired last.
    took_bytes: Cell<bool>,
    /// When the timer is to fire.
    armed: Cell<Moment>,
    waker: RefCell<Option<Waker>>,
    /// What was read and not handled, because the worker had stopped taking its answers. No more
    /// than one batch.
    backlog: RefCell<Vec<Inbound>>,
    high_bytes: usize,
}

enum Step {
    Received(Vec<Inbound>),
    Tick,
    Ended(Closed),
}

impl Live {
    pub(super) fn new(
        id: SessionId,
        session: Session,
        connection: Box<dyn Connection>,
        telemetry_only: bool,
        high_bytes: usize,
    ) -> Self {
        Self {
            id,
            armed: Cell::new(session.next_tick()),
            session: RefCell::new(session),
            connection: RefCell::new(connection),
            telemetry_only,
            dirty: Cell::new(false),
            flushing: Cell::new(false),
            took_bytes: Cell::new(false),
            closing: Cell::new(None),
            waker: RefCell::new(None),
            backlog: RefCell::default(),
            high_bytes,
        }
    }

    /// Whether the worker does not keep up with what it is sent.
    pub(super) fn congested(&self) -> bool {
        self.connection.borrow().queued_bytes() > self.high_bytes
    }

    /// Keeps the rest of a batch until the worker keeps up again.
    pub(super) fn postpone(&self, rest: impl Iterator<Item = Inbound>) {
        self.backlog.borrow_mut().extend(rest);
    }

    /// Begins the end of the connection; the first reason stays.
    pub(super) fn close(&self, code: u16, reason: &'static str) {
        if self.closing.get().is_none() {
            self.closing.set(Some((code, reason)));
            self.wake();
        }
    }

    pub(super) fn is_closing(&self) -> bool {
        self.closing.get().is_some()
    }

    /// Moves the timer forward if the session needs it earlier, from within the session's task.
    pub(super) fn hasten(&self) {
        let next = self.session.borrow().next_tick();
        self.armed.set(next.min(self.armed.get()));
    }

    /// Whether the timer should have fired.
    pub(super) fn is_due(&self, now: Moment) -> bool {
        self.armed.get() <= now
    }

    /// Whether a worker that did not keep up has taken something since this was asked last.
    pub(super) fn took_bytes(&self) -> bool {
        self.took_bytes.take()
    }

    /// Makes sure that the session's timer fires when the session next needs it.
    pub(super) fn rearm(&self) {
        let next = self.session.borrow().next_tick();
        if next < self.armed.get() {
            self.armed.set(next);
            self.wake();
        }
    }

    /// Writes what can be written now; the task sees to the rest.
    pub(super) fn flush(&self) {
        let mut connection = self.connection.borrow_mut();
        let queued = connection.queued_bytes();
        let done = matches!(connection.try_flush(), Ok(true));
        if self.flushing.get() && connection.queued_bytes() < queued {
            // A ping behind what was left may be what writes some of it.
            self.took_bytes.set(true);
        }
        drop(connection);
        if !done {
            self.flushing.set(true);
            self.wake();
        }
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.borrow_mut().take() {
            waker.wake();
        }
    }

    fn poll_step(
        &self,
        context: &mut Context<'_>,
        timer: &mut Pin<&mut Sleep>,
        local: &Local,
    ) -> Poll<Step> {
        *self.waker.borrow_mut() = Some(context.waker().clone());
        if self.closing.get().is_some() {
            return Poll::Ready(Step::Ended(Closed::Locally));
        }
        let mut connection = self.connection.borrow_mut();
        if self.flushing.get() {
            let queued = connection.queued_bytes();
            let flushed = connection.poll_flush(context);
            if connection.queued_bytes() < queued {
                self.took_bytes.set(true);
            }
            match flushed {
                Poll::Ready(Ok(())) => self.flushing.set(false),
                Poll::Ready(Err(closed)) => return Poll::Ready(Step::Ended(closed)),
                Poll::Pending => {}
            }
        }
        if connection.queued_bytes() <= self.high_bytes {
            let backlog = self.backlog.take();
            if !backlog.is_empty() {
                return Poll::Ready(Step::Received(backlog));
            }
            let mut batch = local.take_batch();
            match connection.poll_receive(context, &mut batch, BATCH_MAX) {
                Poll::Ready(Ok(())) => return Poll::Ready(Step::Received(batch)),
                Poll::Ready(Err(closed)) => return Poll::Ready(Step::Ended(closed)),
                Poll::Pending => local.give_batch(batch),
            }
        }
        drop(connection);
        let due = local.instant_of(self.armed.get());
        if timer.deadline() != due {
            timer.as_mut().reset(due);
        }
        timer.as_mut().poll(context).map(|()| Step::Tick)
    }

    /// The session's timer has fired: the next one is when the session says.
    pub(super) fn set_timer(&self) {
        self.armed.set(self.session.borrow().next_tick());
    }
}

/// Drives one session from its first message to its end.
pub(super) async fn drive(local: Rc<Local>, live: Rc<Live>) {
    let closed = {
        let mut timer = std::pin::pin!(tokio::time::sleep_until(far_future()));
        loop {
            let step = poll_fn(|context| live.poll_step(context, &mut timer, &local)).await;
            match step {
                Step::Received(batch) => local.received(&live, batch),
                Step::Tick => local.tick(&live),
                Step::Ended(closed) => break closed,
            }
        }
    };
    local.ended(&live, &closed);
    let (code, reason) = match closed {
        Closed::Violation { code, reason } => (code, reason),
        Closed::Locally => live.closing.get().unwrap_or((1000, "")),
        Closed::ByPeer { .. } | Closed::Lost(_) => (1000, ""),
    };
    live.connection.borrow_mut().close(code, reason);
    let farewell = poll_fn(|context| live.connection.borrow_mut().poll_farewell(context));
    // A peer that does not let go in time is let go of.
    let _ = tokio::time::timeout(FAREWELL, farewell).await;
}

fn far_future() -> Instant {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
    let now = Instant::now();
    now + YEAR
}
