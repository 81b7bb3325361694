//! One executor thread: its sessions, and what they cause.

use super::identity;
use super::inbox::{Adoption, Item};
use super::live::{Live, drive};
use super::shared::Shared;
use super::{listener, pump, tasks};
use crate::core::catalog::{Load, Worker, WorkerDetails};
use crate::core::registrar::Event;
use crate::core::{
    DEFAULT_NAMESPACE, Effect, Inbound, Moment, Outcome, Peer, Session, SessionId, Start,
};
use base64::Engine as _;
use iii_protocol::{Drain, ErrorCode, Message, Text, WorkerRegistered};
use iii_transport::{Closed, Inbound as Arrived};
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::Instant;

/// The feature name of our additions to the protocol.
const KIT_FEATURE: &str = "iii-kit.v1";

/// The state of one executor thread.
pub(super) struct Local {
    index: usize,
    shared: Arc<Shared>,
    sessions: RefCell<HashMap<SessionId, Rc<Live>>>,
    /// What sessions of this thread have for each other.
    queue: RefCell<VecDeque<(SessionId, Peer)>>,
    /// Connections that were written to in this turn.
    dirty: RefCell<Vec<Rc<Live>>>,
    effects: RefCell<Vec<Effect>>,
    batch: RefCell<Vec<Arrived>>,
    /// The runtime's clock at the engine's moment zero.
    origin: Instant,
    stopping: Cell<bool>,
}

impl Local {
    pub(super) fn new(index: usize, shared: Arc<Shared>) -> Rc<Self> {
        let origin = Instant::now() - shared.clock.monotonic();
        Rc::new(Self {
            index,
            shared,
            sessions: RefCell::default(),
            queue: RefCell::default(),
            dirty: RefCell::default(),
            effects: RefCell::default(),
            batch: RefCell::default(),
            origin,
            stopping: Cell::new(false),
        })
    }

    /// Serves the inbox until the engine stops and the last session has ended.
    pub(super) async fn run(self: Rc<Self>) {
        let shared = Arc::clone(&self.shared);
        let keeps_time = self.index == 0;
        loop {
            let due = if keeps_time { self.next_chore() } else { None };
            tokio::select! {
                () = shared.inboxes[self.index].filled() => {}
                () = shared.registrar_timer.notified(), if keeps_time => continue,
                () = sleep_until(due), if due.is_some() => {
                    shared.registry(Event::Tick, shared.now());
                    shared.channels.sweep(shared.clock.unix_ms());
                }
            }
            self.settle();
            if self.stopping.get() && self.sessions.borrow().is_empty() {
                return;
            }
        }
    }

    /// When the registrar or a waiting channel end has something to do.
    fn next_chore(&self) -> Option<Instant> {
        let shared = &self.shared;
        let registrar = shared.registrar_next_tick();
        let channels = shared.channels.next_expiry_ms().map(|expires_ms| {
            shared
                .now()
                .after_ms(expires_ms.saturating_sub(shared.clock.unix_ms()))
        });
        let next = match (registrar, channels) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        next.map(|moment| self.instant_of(moment))
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    pub(super) fn instant_of(&self, moment: Moment) -> Instant {
        const FAR_MS: u64 = 365 * 24 * 3600 * 1000;
        self.origin + Duration::from_millis(moment.0.min(self.shared.now().0 + FAR_MS))
    }

    pub(super) fn take_batch(&self) -> Vec<Arrived> {
        self.batch.take()
    }

    pub(super) fn give_batch(&self, batch: Vec<Arrived>) {
        *self.batch.borrow_mut() = batch;
    }

    /// Makes a session of a connection.
    pub(super) fn adopt(self: &Rc<Self>, adoption: Adoption) {
        let shared = &self.shared;
        if self.stopping.get() {
            // The connection is dropped, which ends it.
            return;
        }
        let ids = identity::worker_id(shared.clock.unix_ms())
            .and_then(|worker_id| Ok((worker_id, identity::token()?)));
        let (worker_id, token) = match ids {
            Ok(ids) => ids,
            Err(error) => {
                tracing::error!(%error, "no randomness, connection refused");
                return;
            }
        };
        let (id, now) = (shared.next_session(self.index), shared.now());
        let secret = shared.secret.channels_of(&worker_id);
        let load = Arc::new(Load::default());
        let start = Start {
            session: id,
            worker_id: worker_id.clone(),
            channel_secret: secret,
            trusted: adoption.trusted,
            inject_caller: adoption.inject_caller,
            load: Arc::clone(&load),
        };
        let session = Session::new(start, Arc::clone(&shared.rules), now);
        let high = shared.rules.limits.outbox_high_bytes;
        let telemetry_only = adoption.telemetry_only;
        if !telemetry_only {
            let worker = worker(
                id,
                worker_id.clone(),
                token.clone(),
                load,
                shared,
                &adoption,
            );
            shared.registry(Event::Connect(Box::new(worker)), now);
        }
        let live = Live::new(id, session, adoption.connection, telemetry_only, high);
        let live = Rc::new(live);
        shared.connections.fetch_add(1, Ordering::Relaxed);
        self.sessions.borrow_mut().insert(id, Rc::clone(&live));
        if !telemetry_only {
            let welcome = Message::WorkerRegistered(Box::new(WorkerRegistered {
                worker_id,
                reattach_token: Some(token),
                features: vec![Text::from_static(KIT_FEATURE)],
                channel_secret: Some(
                    base64::engine::general_purpose::STANDARD
                        .encode(secret)
                        .into(),
                ),
            }));
            self.send(&live, &welcome);
        }
        tasks::spawn(drive(Rc::clone(self), live));
    }

    /// Handles what a connection delivered.
    pub(super) fn received(self: &Rc<Self>, live: &Rc<Live>, mut batch: Vec<Arrived>) {
        let now = self.shared.now();
        let mut arrivals = batch.drain(..);
        while let Some(arrived) = arrivals.next() {
            if live.is_closing() {
                break;
            }
            let inbound = match arrived {
                Arrived::Telemetry { prefix, body } => Inbound::Telemetry { prefix, body },
                Arrived::Alive => Inbound::Alive,
                _ if live.telemetry_only => Inbound::Alive,
                Arrived::Message(message) => Inbound::Message(message),
                Arrived::Malformed(error) => {
                    tracing::warn!(session = ?live.id, %error, "malformed message");
                    Inbound::Malformed(error)
                }
            };
            let catalog = self.shared.snapshot.load();
            self.guarded(live, now, |session, effects| {
                session.handle(inbound, &catalog, now, effects);
            });
            if live.congested() {
                // Few bytes can ask for many. Once answers queue up, the rest of the batch waits
                // like everything behind it.
                live.postpone(arrivals.by_ref());
            }
        }
        drop(arrivals);
        self.give_batch(batch);
        live.hasten();
        if live.is_due(now) {
            // A worker that always has something to say must not keep its timer from being looked
            // at.
            self.pass_time(live, now);
        }
        self.settle();
    }

    /// Lets time pass for a session.
    pub(super) fn tick(self: &Rc<Self>, live: &Rc<Live>) {
        self.pass_time(live, self.shared.now());
        self.settle();
    }

    fn pass_time(&self, live: &Rc<Live>, now: Moment) {
        let catalog = self.shared.snapshot.load();
        if live.took_bytes() {
            // A congested worker is not read from; that it takes what it is sent proves life.
            self.guarded(live, now, |session, effects| {
                session.handle(Inbound::Alive, &catalog, now, effects);
            });
        }
        self.guarded(live, now, |session, effects| {
            session.tick(&catalog, now, effects);
        });
        live.set_timer();
    }

    /// Takes a session off the thread and out of the catalog.
    pub(super) fn ended(self: &Rc<Self>, live: &Rc<Live>, closed: &Closed) {
        if let Closed::Violation { reason, .. } = closed {
            tracing::warn!(session = ?live.id, reason, "connection closed for a violation");
        }
        self.sessions.borrow_mut().remove(&live.id);
        let now = self.shared.now();
        self.guarded(live, now, Session::close);
        self.settle();
        self.shared.connections.fetch_sub(1, Ordering::Relaxed);
        if self.stopping.get() {
            self.shared.inboxes[self.index].push(Item::Stop);
        }
    }

    /// Runs one step of a session's state machine and performs what follows. A panic ends that
    /// session only.
    fn guarded(
        &self,
        live: &Rc<Live>,
        now: Moment,
        step: impl FnOnce(&mut Session, &mut Vec<Effect>),
    ) {
        let mut effects = self.effects.take();
        let stepped = catch_unwind(AssertUnwindSafe(|| {
            step(&mut live.session.borrow_mut(), &mut effects);
        }));
        for effect in effects.drain(..) {
            self.perform(live, effect, now);
        }
        *self.effects.borrow_mut() = effects;
        if stepped.is_err() {
            tracing::error!(session = ?live.id, "a message made the session's state machine panic");
            live.close(1011, "internal fault");
        }
    }

    fn perform(&self, from: &Rc<Live>, effect: Effect, now: Moment) {
        match effect {
            Effect::Send { to, message } if to == from.id => self.send(from, &message),
            Effect::Peer { to, peer } => self.post(to, peer),
            Effect::Registry(event) => self.shared.registry(*event, now),
            Effect::Ping(_) => {
                from.connection.borrow_mut().ping();
                self.mark(from);
            }
            Effect::Close { code, reason, .. } => from.close(code, reason),
            // Sessions address messages to their own worker only, and only the registrar fires.
            Effect::Send { .. } | Effect::Fire(_) => {}
        }
    }

    /// Queues a message towards a worker. One that lets its queue grow past all bounds is cut off.
    fn send(&self, live: &Rc<Live>, message: &Message) {
        let mut connection = live.connection.borrow_mut();
        if connection.queued_bytes() > self.shared.rules.limits.outbox_bytes_max {
            drop(connection);
            live.close(1013, "too slow: `outbox_bytes_max` is reached");
            return;
        }
        connection.send(message);
        drop(connection);
        self.mark(live);
    }

    fn mark(&self, live: &Rc<Live>) {
        if !live.dirty.replace(true) {
            self.dirty.borrow_mut().push(Rc::clone(live));
        }
    }

    /// Hands something to a session of this or of another thread.
    fn post(&self, to: SessionId, peer: Peer) {
        let thread = usize::from(to.thread());
        if thread == self.index {
            self.queue.borrow_mut().push_back((to, peer));
            return;
        }
        let Some(inbox) = self.shared.inboxes.get(thread) else {
            return;
        };
        let limit = self.shared.rules.limits.inbox_messages_max;
        if let Err(Effect::Peer {
            peer: Peer::Deliver(deliver),
            ..
        }) = inbox.offer(Effect::Peer { to, peer }, limit)
        {
            let text = format!("{limit} calls between threads reach `inbox_messages_max`");
            let outcome = Outcome::failed(ErrorCode::Overloaded, text);
            for replica in deliver.function.replicas.iter().filter(|r| r.session == to) {
                replica.load.remove();
            }
            self.refuse(deliver.key, outcome);
        }
    }

    fn refuse(&self, key: crate::core::CallKey, outcome: Outcome) {
        if key.awaited() {
            self.post(
                key.caller,
                Peer::Complete {
                    key,
                    outcome: Box::new(outcome),
                },
            );
        }
    }

    /// Works off everything that this turn has caused, then writes to the sockets.
    pub(super) fn settle(self: &Rc<Self>) {
        loop {
            self.run_queue();
            let items = self.shared.inboxes[self.index].take();
            if items.is_empty() {
                break;
            }
            for item in items {
                self.item(item);
            }
        }
        if self.shared.draining.load(Ordering::Relaxed) {
            self.shared.call_ended.notify_waiters();
        }
        let mut dirty = self.dirty.take();
        for live in dirty.drain(..) {
            live.dirty.set(false);
            live.flush();
        }
        *self.dirty.borrow_mut() = dirty;
    }

    fn run_queue(&self) {
        let now = self.shared.now();
        loop {
            let Some((to, peer)) = self.queue.borrow_mut().pop_front() else {
                return;
            };
            let live = self.sessions.borrow().get(&to).cloned();
            match live {
                Some(live) => {
                    let congested = live.congested();
                    self.guarded(&live, now, |session, effects| {
                        session.handle_peer(peer, congested, now, effects);
                    });
                    live.rearm();
                }
                None => self.bounce(peer),
            }
        }
    }

    /// The session is gone: a call on its way to it ends here.
    fn bounce(&self, peer: Peer) {
        if let Peer::Deliver(deliver) = peer {
            let text = format!("the worker running `{}` went away", deliver.function.id);
            self.refuse(
                deliver.key,
                Outcome::failed(ErrorCode::InvocationStopped, text),
            );
        }
    }

    fn item(self: &Rc<Self>, item: Item) {
        match item {
            Item::Effect(Effect::Peer { to, peer }) => {
                self.queue.borrow_mut().push_back((to, peer));
            }
            Item::Effect(Effect::Send { to, message }) => {
                // Calls that came before must be delivered before.
                self.run_queue();
                let live = self.sessions.borrow().get(&to).cloned();
                if let Some(live) = live {
                    self.send(&live, &message);
                }
            }
            Item::Effect(Effect::Close {
                session,
                code,
                reason,
            }) => {
                let live = self.sessions.borrow().get(&session).cloned();
                if let Some(live) = live {
                    live.close(code, reason);
                }
            }
            Item::Effect(_) => {}
            Item::Adopt(adoption) => self.adopt(adoption),
            Item::Accept(socket, policy) => {
                tasks::spawn(listener::welcome(Rc::clone(self), socket, policy));
            }
            Item::Pump(stream) => pump::start(stream),
            Item::Drain => self.drain(),
            Item::Stop => self.stop(),
        }
    }

    /// Asks every worker that understands it to leave.
    fn drain(&self) {
        let sessions: Vec<Rc<Live>> = self.sessions.borrow().values().cloned().collect();
        for live in sessions {
            if live.session.borrow().is_kit() {
                let drain = Drain {
                    reason: Some(Text::from_static("shutdown")),
                };
                self.send(&live, &Message::Drain(drain));
            }
        }
    }

    fn stop(&self) {
        self.stopping.set(true);
        for live in self.sessions.borrow().values() {
            live.close(1001, "the engine is stopping");
        }
    }
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

fn worker(
    session: SessionId,
    worker_id: Text,
    reattach_token: Text,
    load: Arc<Load>,
    shared: &Shared,
    adoption: &Adoption,
) -> Worker {
    Worker {
        session,
        name: worker_id.clone(),
        worker_id,
        reattach_token,
        namespace: Text::from_static(DEFAULT_NAMESPACE),
        named: false,
        trusted: adoption.trusted,
        in_process: adoption.in_process,
        kit: false,
        draining: false,
        address: adoption.address,
        connected_at_ms: shared.clock.unix_ms(),
        functions: 0,
        details: Arc::new(WorkerDetails::default()),
        load,
    }
}
