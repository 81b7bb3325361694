//! What the executor threads of one engine share.

use super::channels::Channels;
use super::identity::Secret;
use super::inbox::{Inbox, Item};
use crate::core::registrar::Event;
use crate::core::{Deliver, Effect, Fire, Moment, Peer, Registrar, Rules, SessionId, Snapshot};
use arc_swap::ArcSwap;
use iii_protocol::InvokeFunction;
use iii_transport::Clock;
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use tokio::sync::Notify;

pub(super) struct Shared {
    pub(super) rules: Arc<Rules>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) secret: Secret,
    pub(super) snapshot: ArcSwap<Snapshot>,
    pub(super) inboxes: Vec<Inbox>,
    pub(super) channels: Channels,
    /// Sessions of all threads, telemetry connections included.
    pub(super) connections: AtomicUsize,
    pub(super) stopping: AtomicBool,
    /// Somebody waits for calls to end.
    pub(super) draining: AtomicBool,
    /// Signalled after every turn of a thread while somebody waits for calls to end.
    pub(super) call_ended: Notify,
    /// Signalled when the registrar or a channel has something to do later.
    pub(super) registrar_timer: Notify,
    registrar: Mutex<Registrar>,
    sequence: AtomicU64,
    turn: AtomicUsize,
    fired: AtomicU64,
}

impl Shared {
    pub(super) fn new(
        rules: Arc<Rules>,
        clock: Arc<dyn Clock>,
        secret: Secret,
        threads: usize,
    ) -> Self {
        Self {
            registrar: Mutex::new(Registrar::new(rules.limits.clone())),
            channels: Channels::new(&rules.limits),
            rules,
            clock,
            secret,
            snapshot: ArcSwap::default(),
            inboxes: (0..threads).map(|_| Inbox::default()).collect(),
            connections: AtomicUsize::new(0),
            stopping: AtomicBool::new(false),
            draining: AtomicBool::new(false),
            call_ended: Notify::new(),
            registrar_timer: Notify::new(),
            sequence: AtomicU64::new(0),
            turn: AtomicUsize::new(0),
            fired: AtomicU64::new(0),
        }
    }

    pub(super) fn now(&self) -> Moment {
        Moment(u64::try_from(self.clock.monotonic().as_millis()).unwrap_or(u64::MAX))
    }

    pub(super) fn next_session(&self, thread: usize) -> SessionId {
        SessionId::new(
            thread as u16,
            self.sequence.fetch_add(1, Ordering::Relaxed) + 1,
        )
    }

    /// The thread for the next connection.
    pub(super) fn next_thread(&self) -> usize {
        self.turn.fetch_add(1, Ordering::Relaxed) % self.inboxes.len()
    }

    /// Applies an event to the catalog and publishes it. What follows for sessions goes through
    /// the inboxes while the lock is held, own thread included, so that every session sees the
    /// registrar's words in the registrar's order.
    pub(super) fn registry(&self, event: Event, now: Moment) {
        let mut effects = Vec::new();
        let mut registrar = self.registrar.lock();
        registrar.handle(event, now, &mut effects);
        let snapshot = registrar.snapshot();
        if snapshot.version != self.snapshot.load().version {
            self.snapshot.store(Arc::new(snapshot));
        }
        for effect in effects {
            match effect {
                Effect::Fire(fire) => self.fire(*fire),
                other => self.hand_over(other),
            }
        }
        let timer = registrar.next_tick();
        drop(registrar);
        if timer.is_some() {
            self.registrar_timer.notify_one();
        }
    }

    pub(super) fn registrar_next_tick(&self) -> Option<Moment> {
        self.registrar.lock().next_tick()
    }

    fn hand_over(&self, effect: Effect) {
        let to = match &effect {
            Effect::Send { to, .. } | Effect::Peer { to, .. } => *to,
            Effect::Close { session, .. } | Effect::Ping(session) => *session,
            Effect::Registry(_) | Effect::Fire(_) => return,
        };
        if let Some(inbox) = self.inboxes.get(usize::from(to.thread())) {
            inbox.push(Item::Effect(effect));
        }
    }

    /// Makes a call on behalf of the engine; a function that is not there is no fault.
    fn fire(&self, fire: Fire) {
        let snapshot = self.snapshot.load();
        let Some(function) = snapshot.function(&fire.namespace, &fire.function_id) else {
            return;
        };
        let Some(replica) = function.choose() else {
            return;
        };
        replica.load.add();
        let deliver = Deliver {
            key: crate::core::CallKey {
                caller: SessionId::ENGINE,
                slot: crate::core::CallKey::VOID,
                generation: self.fired.fetch_add(1, Ordering::Relaxed) as u32,
            },
            deadline: None,
            function: Arc::clone(function),
            call: InvokeFunction {
                function_id: function.id.clone(),
                data: Some(fire.data),
                metadata: fire.metadata,
                ..InvokeFunction::default()
            },
        };
        let peer = Peer::Deliver(Box::new(deliver));
        self.hand_over(Effect::Peer {
            to: replica.session,
            peer,
        });
    }
}
