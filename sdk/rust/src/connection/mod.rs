//! The one task that owns a client's connection.
//!
//! Handles talk to it through a bounded queue. In each round it takes what handlers' tasks report,
//! what the engine sent and what handles ask for, and then flushes once, so that messages coalesce.
//! The connection is dialled anew whenever it breaks.

mod announce;
mod backoff;
mod calling;
mod command;
mod invoking;
mod link;
mod providing;
mod receiving;

use crate::client::{Greeting, Shared, Status};
use crate::inflight::Calls;
use crate::random::Random;
use crate::registry::Registry;
use crate::tasks::Tasks;
use crate::{Client, ClientOptions, ConnectionState, Error, RegisterError, Rejection, clock};
pub(crate) use announce::void_action;
use backoff::Backoff;
use command::Outcome;
pub(crate) use command::{Command, NewCall, VoidCall};
use iii_protocol::Reattach;
use iii_transport::{Connection, Dial, DialError, Inbound, farewell};
use invoking::Invocations;
use link::Link;
use parking_lot::Mutex;
use providing::Providers;
use std::collections::VecDeque;
use std::future::{Future, pending, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, Sleep, sleep, sleep_until, timeout};

/// Items taken from each source in one round.
const BATCH_MAX: usize = 128;
/// Rounds before other tasks of the thread get their turn.
const ROUNDS_MAX: usize = 8;
/// How long the farewell may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// Calls given up while the command queue was full. Bounded by the number of calls in flight.
pub(crate) type GivenUp = Mutex<Vec<u64>>;

/// Why serving ended.
pub(crate) enum Ended {
    /// The connection broke; there will be another.
    Lost(String),
    /// The engine refused this worker for good.
    Refused(Rejection),
    /// Somebody asked for it, or no handle is left.
    Shutdown(Option<oneshot::Sender<()>>),
}

/// The state of the task.
pub(crate) struct Driver {
    shared: Weak<Shared>,
    dial: Arc<dyn Dial>,
    options: ClientOptions,
    tasks: Tasks,
    random: Arc<Random>,
    status: watch::Sender<Status>,
    commands: mpsc::Receiver<Command>,
    given_up: Arc<GivenUp>,
    outcomes: mpsc::Receiver<Outcome>,
    report: mpsc::Sender<Outcome>,
    link: Link,
    /// Which connection this is, from 1.
    epoch: u64,
    previous: Option<Reattach>,
    calls: Calls,
    /// Calls not sent yet, in order.
    backlog: VecDeque<calling::Unsent>,
    /// Calls are put aside now: there is no connection, or too much waits to be written.
    parks: bool,
    registry: Registry,
    providers: Providers,
    invocations: Invocations,
    draining: bool,
    waiting_idle: Vec<oneshot::Sender<()>>,
    timer: Pin<Box<Sleep>>,
    now: Instant,
    inbound_batch: Vec<Inbound>,
    command_batch: Vec<Command>,
    outcome_batch: Vec<Outcome>,
}

/// What the task is made of.
pub(crate) struct Parts {
    pub(crate) shared: Weak<Shared>,
    pub(crate) dial: Arc<dyn Dial>,
    pub(crate) options: ClientOptions,
    pub(crate) tasks: Tasks,
    pub(crate) random: Arc<Random>,
    pub(crate) status: watch::Sender<Status>,
    pub(crate) commands: mpsc::Receiver<Command>,
    pub(crate) given_up: Arc<GivenUp>,
}

/// Runs the task until the client ends.
pub(crate) async fn run(parts: Parts) {
    let mut driver = Driver::new(parts);
    let ended = driver.serve().await;
    driver.end(ended).await;
}

impl Driver {
    fn new(parts: Parts) -> Self {
        let limits = &parts.options.limits;
        // Every running handler and every busy trigger type can report without waiting.
        let (report, outcomes) = mpsc::channel(limits.invocations_max + limits.registrations_max);
        let now = clock::now();
        Self {
            calls: Calls::new(parts.random.next(), limits.call_timeout_grace),
            registry: Registry::new(limits.registrations_max),
            providers: Providers::new(limits),
            invocations: Invocations::new(limits.invocations_max),
            shared: parts.shared,
            dial: parts.dial,
            options: parts.options,
            tasks: parts.tasks,
            random: parts.random,
            status: parts.status,
            commands: parts.commands,
            given_up: parts.given_up,
            outcomes,
            report,
            link: Link::Down,
            epoch: 0,
            previous: None,
            backlog: VecDeque::new(),
            parks: true,
            draining: false,
            waiting_idle: Vec::new(),
            timer: Box::pin(sleep_until(now)),
            now,
            inbound_batch: Vec::new(),
            command_batch: Vec::new(),
            outcome_batch: Vec::new(),
        }
    }

    /// Dials and serves, again and again.
    async fn serve(&mut self) -> Ended {
        let mut backoff = Backoff::new(self.options.limits.reconnect_max);
        loop {
            let ended = match self.connect().await {
                Ok(connection) => {
                    self.epoch += 1;
                    self.link = Link::up(connection, clock::now());
                    match self.serve_until(pending::<Ended>()).await {
                        Ok(ended) | Err(ended) => ended,
                    }
                }
                Err(ended) => ended,
            };
            let Ended::Lost(reason) = ended else {
                return ended;
            };
            if self.link.was_good(clock::now()) {
                backoff.reset();
            }
            self.connection_lost(&reason);
            let pause = backoff.next(&self.random);
            if let Err(ended) = self.serve_until(sleep(pause)).await {
                return ended;
            }
        }
    }

    async fn connect(&mut self) -> Result<Box<dyn Connection>, Ended> {
        let dial = Arc::clone(&self.dial);
        let dialling = timeout(self.options.limits.greeting_timeout, dial.dial());
        match self.serve_until(dialling).await? {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => Err(dial_failed(&error)),
            Err(_) => Err(Ended::Lost("connecting took too long".to_owned())),
        }
    }

    /// Does everything there is to do until `until` is done.
    async fn serve_until<T>(&mut self, until: impl Future<Output = T>) -> Result<T, Ended> {
        let mut until = pin!(until);
        poll_fn(|context| match self.poll_work(context) {
            Poll::Ready(ended) => Poll::Ready(Err(ended)),
            Poll::Pending => until.as_mut().poll(context).map(Ok),
        })
        .await
    }

    fn poll_work(&mut self, context: &mut Context<'_>) -> Poll<Ended> {
        for _ in 0..ROUNDS_MAX {
            self.now = clock::now();
            match self.round(context) {
                Ok(true) => {}
                Ok(false) => match self.poll_timer(context) {
                    Ok(true) => {}
                    Ok(false) => return Poll::Pending,
                    Err(ended) => return Poll::Ready(ended),
                },
                Err(ended) => return Poll::Ready(ended),
            }
        }
        // Deadlines hold however much there is to do.
        if let Err(ended) = self.poll_timer(context) {
            return Poll::Ready(ended);
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// One round; `false` when there was nothing to do.
    fn round(&mut self, context: &mut Context<'_>) -> Result<bool, Ended> {
        let mut worked = self.poll_outcomes(context);
        let congested = self.is_congested();
        self.parks = congested || !self.link.is_live();
        if !congested {
            worked |= self.poll_inbound(context)?;
            worked |= self.send_backlog();
        }
        worked |= self.poll_commands(context)?;
        if worked {
            self.tell_idle();
        }
        self.link.poll_flush(context);
        // What was left alone has to be looked at again: nobody wakes this task for it.
        Ok(worked || congested && !self.is_congested())
    }

    fn is_congested(&self) -> bool {
        let high_bytes = self.options.limits.outbox_high_bytes;
        self.link.is_congested(high_bytes)
    }

    /// How many commands are taken at once. While the link is congested calls are put aside, so
    /// that their deadlines hold, and no more commands are taken than there is room for.
    fn commands_wanted(&self) -> usize {
        if !self.is_congested() {
            return BATCH_MAX;
        }
        let room = self.options.limits.offline_calls_max;
        room.saturating_sub(self.backlog.len()).min(BATCH_MAX)
    }

    fn poll_outcomes(&mut self, context: &mut Context<'_>) -> bool {
        let mut batch = std::mem::take(&mut self.outcome_batch);
        let polled = self.outcomes.poll_recv_many(context, &mut batch, BATCH_MAX);
        for outcome in batch.drain(..) {
            self.outcome(outcome);
        }
        self.outcome_batch = batch;
        polled.is_ready()
    }

    fn poll_inbound(&mut self, context: &mut Context<'_>) -> Result<bool, Ended> {
        let mut batch = std::mem::take(&mut self.inbound_batch);
        let received = self
            .link
            .poll_receive(context, &mut batch, BATCH_MAX, self.now)?;
        for inbound in batch.drain(..) {
            self.receive(inbound)?;
        }
        self.inbound_batch = batch;
        Ok(received)
    }

    fn poll_commands(&mut self, context: &mut Context<'_>) -> Result<bool, Ended> {
        let wanted = self.commands_wanted();
        if wanted == 0 {
            return Ok(false);
        }
        let mut batch = std::mem::take(&mut self.command_batch);
        let count = match self.commands.poll_recv_many(context, &mut batch, wanted) {
            Poll::Pending => None,
            Poll::Ready(count) => Some(count),
        };
        for command in batch.drain(..) {
            self.command(command)?;
        }
        self.command_batch = batch;
        match count {
            None => Ok(false),
            // Every handle is gone.
            Some(0) => Err(Ended::Shutdown(None)),
            Some(_) => {
                let given_up = std::mem::take(&mut *self.given_up.lock());
                for number in given_up {
                    self.cancel_call(number);
                }
                Ok(true)
            }
        }
    }

    fn command(&mut self, command: Command) -> Result<(), Ended> {
        match command {
            Command::Call(call) => self.call(call),
            Command::Void(call) => self.void_call(call),
            Command::Cancel { number } => self.cancel_call(number),
            Command::RegisterFunction {
                announcement,
                handler,
                acknowledge,
            } => self.register_function(announcement, handler, acknowledge),
            Command::UnregisterFunction { id } => self.unregister_function(id),
            Command::RegisterTrigger {
                announcement,
                status,
            } => self.register_trigger(announcement, status),
            Command::UnregisterTrigger { id } => self.unregister_trigger(id),
            Command::RegisterTriggerType {
                announcement,
                handler,
                acknowledge,
            } => self.register_trigger_type(announcement, handler, acknowledge),
            Command::UnregisterTriggerType { id } => self.unregister_trigger_type(&id),
            Command::Drain => self.drain(),
            Command::WaitIdle { idle } => self.waiting_idle.push(idle),
            Command::Shutdown { done } => return Err(Ended::Shutdown(Some(done))),
            Command::Wake => {}
        }
        Ok(())
    }

    /// Does what is due; `false` when nothing is, and then the task is woken when something is.
    fn poll_timer(&mut self, context: &mut Context<'_>) -> Result<bool, Ended> {
        let limits = &self.options.limits;
        let (greeting, heartbeat) = (limits.greeting_timeout, limits.heartbeat);
        let check_at = self.link.check_at(greeting, heartbeat);
        let Some(next) = [self.calls.next_expiry(), check_at]
            .into_iter()
            .flatten()
            .min()
        else {
            return Ok(false);
        };
        if self.timer.deadline() != next {
            self.timer.as_mut().reset(next);
        }
        if self.timer.as_mut().poll(context).is_pending() {
            return Ok(false);
        }
        self.now = clock::now().max(next);
        self.link.check(self.now, greeting, heartbeat)?;
        for number in self.calls.expire(self.now) {
            self.send_cancel(number, "timeout");
        }
        self.forget_expired();
        Ok(true)
    }

    fn tell_idle(&mut self) {
        if !self.waiting_idle.is_empty() && self.invocations.is_idle() {
            for idle in self.waiting_idle.drain(..) {
                let _ = idle.send(());
            }
        }
    }

    fn connection_lost(&mut self, reason: &str) {
        if self.link.is_live() {
            tracing::warn!(
                address = self.dial.address(),
                reason,
                "connection to the engine lost"
            );
        } else {
            tracing::debug!(address = self.dial.address(), reason, "engine not reached");
        }
        self.link = Link::Down;
        self.invocations.connection_lost();
        self.calls.connection_lost();
        self.registry.connection_lost();
        self.status.send_modify(|status| {
            status.greeting = None;
            if status.state == ConnectionState::Connected {
                status.state = ConnectionState::Reconnecting;
            }
        });
    }

    /// Ends the client: everything that waits is told why.
    async fn end(mut self, ended: Ended) {
        let (state, error, refusal, done) = match ended {
            Ended::Refused(rejection) => {
                tracing::error!(address = self.dial.address(), "{rejection}");
                (
                    ConnectionState::Failed(rejection.clone()),
                    Error::Rejected(rejection.clone()),
                    RegisterError::Rejected(rejection),
                    None,
                )
            }
            Ended::Shutdown(done) => (
                ConnectionState::Closed,
                Error::ShutDown,
                RegisterError::ShutDown,
                done,
            ),
            Ended::Lost(_) => return,
        };
        self.status.send_replace(Status {
            state,
            greeting: None,
        });
        // Commands still queued are dropped; their senders read the reason from the status.
        self.commands.close();
        while self.commands.try_recv().is_ok() {}
        self.calls.end_all(&error);
        self.registry.end_all(&refusal);
        self.providers.end_all(&refusal);
        self.invocations.connection_lost();
        if let Some(mut connection) = self.link.take() {
            connection.close(1000, "");
            let _ = timeout(CLOSE_TIMEOUT, farewell(connection.as_mut())).await;
        }
        if let Some(done) = done {
            let _ = done.send(());
        }
    }

    /// A handle for those who run on behalf of this client; `None` when it is about to end.
    fn client(&self) -> Option<Client> {
        self.shared.upgrade().map(Client::of)
    }

    fn greeting(&self, greeting: Greeting) {
        self.status.send_replace(Status {
            state: ConnectionState::Connected,
            greeting: Some(Arc::new(greeting)),
        });
    }
}

/// Codes of HTTP that say "not now" instead of "never".
fn is_temporary(status: u16) -> bool {
    status >= 500 || matches!(status, 408 | 425 | 429)
}

fn dial_failed(error: &DialError) -> Ended {
    let code = match error {
        // A certificate is renewed, sooner or later; a worker that gave up would stay away.
        DialError::Unreachable { .. } | DialError::Untrusted { .. } => {
            return Ended::Lost(error.to_string());
        }
        DialError::Refused { status, .. } if is_temporary(*status) => {
            return Ended::Lost(error.to_string());
        }
        DialError::Refused {
            status: 401 | 403, ..
        } => iii_protocol::ErrorCode::Unauthorized,
        DialError::Refused { .. } | DialError::BadAddress { .. } => {
            iii_protocol::ErrorCode::InvalidArguments
        }
    };
    Ended::Refused(Rejection {
        code: code.as_str().to_owned(),
        message: error.to_string(),
    })
}
