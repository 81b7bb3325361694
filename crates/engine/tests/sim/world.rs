//! The executor of the simulation.
//!
//! As in the real one, a session handles a message where it arrives, what it says to its own worker
//! is queued at once, an event for the registrar takes effect at once, and what sessions and the
//! registrar have for other sessions crosses later, in order for each pair. Every session is on a
//! thread of its own here, which is the most that can be reordered.

use crate::actions::{Sight, act};
use crate::check::{self, Checks};
use crate::client::{Client, Nature};
use crate::coverage::Coverage;
use crate::journal::Journal;
use crate::model::Model;
use crate::names;
use crate::node::{Node, worker};
use fastrand::Rng;
use iii_engine::core::catalog::Load;
use iii_engine::core::registrar::Event;
use iii_engine::core::{
    CallKey, Deliver, Effect, Fire, Inbound, Moment, Outcome, Peer, Registrar, Rules, Session,
    SessionId, Snapshot, Start,
};
use iii_protocol::{ErrorCode, InvocationId, InvokeFunction, Message, Text};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Most sessions at a time.
const SESSIONS_MAX: usize = 10;
/// Most messages a worker has under way to the engine.
const UP_MAX: usize = 12;
/// How many snapshots back a thread may look that has just loaded one.
const STALE_MAX: usize = 3;

/// What is under way to a worker.
#[derive(Debug)]
pub(crate) enum Down {
    Message(Message),
    Ping,
}

/// What crosses to a session from another or from the registrar.
#[derive(Debug)]
pub(crate) enum Crossing {
    Peer(Peer),
    Send(Message),
    Close,
}

/// Everything there is.
pub(crate) struct World {
    pub(crate) rng: Rng,
    pub(crate) now: Moment,
    rules: Arc<Rules>,
    registrar: Registrar,
    /// Published snapshots, the newest last.
    published: VecDeque<Arc<Snapshot>>,
    pub(crate) nodes: BTreeMap<SessionId, Node>,
    pub(crate) links: BTreeMap<(SessionId, SessionId), VecDeque<Crossing>>,
    pub(crate) model: Model,
    pub(crate) checks: Checks,
    pub(crate) coverage: Coverage,
    pub(crate) journal: Journal,
    identities: Vec<(Text, Text)>,
    sessions: u64,
    fired: u32,
    count: u64,
}

impl World {
    pub(crate) fn new(seed: u64, journal: Journal) -> Self {
        let rules = names::rules();
        Self {
            rng: Rng::with_seed(seed),
            now: Moment(0),
            registrar: Registrar::new(rules.limits.clone()),
            rules,
            published: [Arc::default()].into(),
            nodes: BTreeMap::new(),
            links: BTreeMap::new(),
            model: Model::default(),
            checks: Checks::default(),
            coverage: Coverage::default(),
            journal,
            identities: Vec::new(),
            sessions: 0,
            fired: 0,
            count: 0,
        }
    }

    /// The catalog as it is.
    pub(crate) fn catalog(&self) -> &Arc<Snapshot> {
        self.published.back().expect("there is always one")
    }

    /// A few are there from the beginning.
    pub(crate) fn begin(&mut self) {
        for _ in 0..4 {
            self.connect();
        }
    }

    /// One thing happens, whichever comes by chance.
    pub(crate) fn step(&mut self) {
        match self.rng.u32(0..200) {
            0..=54 => self.somebody_acts(),
            55..=104 => self.somebody_is_heard(),
            105..=149 => self.something_crosses(),
            150..=188 => self.somebody_reads(),
            189..=194 => self.time_passes(),
            195..=197 => self.connect(),
            198 => self.somebody_leaves(),
            _ => self.something_turns(),
        }
        self.end_of_step();
    }

    /// Checks what must hold at any time.
    pub(crate) fn end_of_step(&mut self) {
        let catalog = Arc::clone(self.catalog());
        check::catalog::check(&catalog, &mut self.model, &mut self.coverage);
        self.checks.announcements.check(&mut self.model);
        check::load::check(self);
        check::limits::check(self);
    }

    fn pick(&mut self, wanted: impl Fn(&Node) -> bool) -> Option<SessionId> {
        let fitting = self.nodes.iter().filter(|(_, node)| wanted(node));
        let count = fitting.count();
        if count == 0 {
            return None;
        }
        let at = self.rng.usize(0..count);
        let mut fitting = self.nodes.iter().filter(|(_, node)| wanted(node));
        fitting.nth(at).map(|(session, _)| *session)
    }

    /// A connection begins.
    fn connect(&mut self) {
        if self.nodes.len() >= SESSIONS_MAX {
            return;
        }
        self.sessions += 1;
        let session = SessionId::new(self.rng.u16(0..3), self.sessions);
        let nature = Nature {
            kit: self.rng.bool(),
            trusted: self.rng.u32(0..5) == 0,
            mute: self.rng.u32(0..8) == 0,
            nameless: self.rng.u32(0..8) == 0,
        };
        let worker_id = Text::from(format!("w{}", self.sessions));
        let token = Text::from(format!("token {}", self.sessions));
        self.journal.line(format_args!(
            "{:?} {session:?} connects as {nature:?}",
            self.now
        ));
        let load = Arc::new(Load::default());
        let start = Start {
            session,
            worker_id: worker_id.clone(),
            channel_secret: [7; 32],
            trusted: nature.trusted,
            inject_caller: false,
            load: Arc::clone(&load),
        };
        let node = Node {
            session: Session::new(start, Arc::clone(&self.rules), self.now),
            load: Arc::clone(&load),
            client: Client::new(session, nature),
            up: VecDeque::new(),
            down: VecDeque::new(),
            closing: false,
            floor: 0,
        };
        self.identities.push((worker_id.clone(), token.clone()));
        if self.identities.len() > 2 * SESSIONS_MAX {
            self.identities.remove(0);
        }
        self.model.now = self.now;
        self.model.connect(session, &worker_id, nature.trusted);
        let worker = worker(session, worker_id, token, load, nature.trusted);
        self.registry(Event::Connect(Box::new(worker)));
        self.nodes.insert(session, node);
    }

    fn somebody_leaves(&mut self) {
        if let Some(session) = self.pick(|_| true) {
            self.end(session, "vanishes");
        }
    }

    /// What changes a worker's ways.
    fn something_turns(&mut self) {
        if let Some(session) = self.pick(|_| true)
            && let Some(node) = self.nodes.get_mut(&session)
        {
            node.client.reads = !node.client.reads;
        }
    }

    /// A worker does something of its own accord.
    fn somebody_acts(&mut self) {
        let Some(session) = self.pick(|node| node.up.len() < UP_MAX) else {
            return;
        };
        let others = self.nodes.iter().filter(|(other, _)| **other != session);
        let strange: Vec<InvocationId> = others
            .filter_map(|(_, node)| Some(node.client.tasks.first()?.id.clone()))
            .collect();
        let mut sight = Sight {
            rng: &mut self.rng,
            checks: &mut self.checks,
            count: &mut self.count,
            strange_tasks: &strange,
            identities: &self.identities,
        };
        let node = self.nodes.get_mut(&session).expect("it was just picked");
        if let Some(inbound) = act(&mut node.client, &mut sight) {
            node.up.push_back(inbound);
        }
    }

    /// A session handles one message of its worker.
    fn somebody_is_heard(&mut self) {
        let heard = |node: &Node| !node.up.is_empty() && !node.closing && !node.congested();
        if let Some(session) = self.pick(heard) {
            self.hear(session);
        }
    }

    /// The session handles the oldest message of its worker.
    pub(crate) fn hear(&mut self, session: SessionId) {
        let catalog = self.seen_by(session);
        let node = self.nodes.get_mut(&session).expect("a live session");
        let Some(inbound) = node.up.pop_front() else {
            return;
        };
        self.journal
            .line(format_args!("{:?} {session:?} hears {inbound:?}", self.now));
        let waiting = node.session.waiting();
        self.checks.asked(session, &inbound);
        self.model.now = self.now;
        self.model.inbound(session, &inbound, self.now, waiting);
        let call = match &inbound {
            Inbound::Message(Message::InvokeFunction(call)) => Some(call.clone()),
            _ => None,
        };
        let mut effects = Vec::new();
        node.session
            .handle(inbound, &catalog, self.now, &mut effects);
        self.perform(session, effects, call.as_ref(), &catalog);
    }

    /// A thread may look at a snapshot that was replaced a moment ago, but never at one older than
    /// what it has caused itself.
    fn seen_by(&mut self, session: SessionId) -> Arc<Snapshot> {
        let back = match self.rng.u32(0..8) {
            0 => self.rng.usize(0..self.published.len()),
            _ => 0,
        };
        let node = self.nodes.get_mut(&session).expect("a live session");
        let seen = &self.published[self.published.len() - 1 - back];
        let seen = if seen.version < node.floor {
            self.published.back().expect("there is always one")
        } else {
            seen
        };
        node.floor = seen.version;
        Arc::clone(seen)
    }

    /// One item crosses between two sessions.
    fn something_crosses(&mut self) {
        if self.links.is_empty() {
            return;
        }
        let at = self.rng.usize(0..self.links.len());
        let pair = *self.links.keys().nth(at).expect("within the length");
        self.cross(pair);
    }

    /// The oldest item of a link arrives.
    pub(crate) fn cross(&mut self, pair: (SessionId, SessionId)) {
        let (from, to) = pair;
        let Some(link) = self.links.get_mut(&pair) else {
            return;
        };
        let item = link.pop_front();
        if link.is_empty() {
            self.links.remove(&pair);
        }
        let Some(item) = item else { return };
        self.journal
            .line(format_args!("{:?} {from:?} to {to:?}: {item:?}", self.now));
        match item {
            Crossing::Peer(peer) => self.peer(to, peer),
            Crossing::Send(message) => self.send(to, message),
            Crossing::Close => {
                if let Some(node) = self.nodes.get_mut(&to) {
                    node.closing = true;
                    self.coverage.met("evicted");
                }
            }
        }
    }

    fn peer(&mut self, to: SessionId, peer: Peer) {
        let Some(node) = self.nodes.get_mut(&to) else {
            self.bounce(to, peer);
            return;
        };
        let congested = node.congested();
        let deadline = match &peer {
            Peer::Deliver(deliver) => deliver.deadline,
            _ => None,
        };
        let mut effects = Vec::new();
        node.session
            .handle_peer(peer, congested, self.now, &mut effects);
        for effect in &effects {
            if let Effect::Send { message, .. } = effect
                && let Message::InvokeFunction(call) = message
            {
                self.checks.calls.delivered(to, call, deadline);
            }
        }
        let catalog = Arc::clone(self.catalog());
        self.perform(to, effects, None, &catalog);
    }

    /// The session is gone: a call on its way to it ends there.
    fn bounce(&mut self, to: SessionId, peer: Peer) {
        let Peer::Deliver(deliver) = peer else {
            return;
        };
        self.coverage.met("bounced");
        let key = deliver.key;
        if key.awaited() {
            let outcome = Outcome::failed(ErrorCode::InvocationStopped, "it went away");
            let peer = Peer::Complete {
                key,
                outcome: Box::new(outcome),
            };
            self.push((to, key.caller), Crossing::Peer(peer));
        }
    }

    /// A worker reads one message.
    fn somebody_reads(&mut self) {
        let reads = |node: &Node| node.client.reads && !node.down.is_empty();
        if let Some(session) = self.pick(reads) {
            self.read(session);
        }
    }

    /// The worker reads the oldest message for it.
    pub(crate) fn read(&mut self, session: SessionId) {
        let node = self.nodes.get_mut(&session).expect("a live session");
        match node.down.pop_front() {
            Some(Down::Message(message)) => {
                self.journal
                    .line(format_args!("{:?} {session:?} reads {message:?}", self.now));
                let checks = &mut self.checks;
                node.client.take(message, checks, &mut self.rng);
            }
            Some(Down::Ping) => node.up.push_back(Inbound::Alive),
            None => {}
        }
    }

    /// Time passes, and some notice.
    fn time_passes(&mut self) {
        self.now = self.now.after_ms(match self.rng.u32(0..4) {
            0 => self.rng.u64(0..1500),
            _ => self.rng.u64(0..60),
        });
        for session in self.nodes.keys().copied().collect::<Vec<_>>() {
            if self.rng.u32(0..5) > 0 {
                self.tick(session);
            }
        }
        self.tick_registrar();
        let ended = |node: &Node| node.closing;
        while let Some(session) = self.pick(ended) {
            self.end(session, "is closed");
        }
    }

    /// The session looks at the clock, if it has a reason.
    pub(crate) fn tick(&mut self, session: SessionId) {
        let node = self.nodes.get_mut(&session).expect("a live session");
        if node.closing || node.session.next_tick() > self.now {
            return;
        }
        let catalog = self.seen_by(session);
        let node = self.nodes.get_mut(&session).expect("a live session");
        self.model.now = self.now;
        self.model.tick(session, self.now);
        let mut effects = Vec::new();
        node.session.tick(&catalog, self.now, &mut effects);
        self.perform(session, effects, None, &catalog);
    }

    /// The registrar looks at the clock, if it has a reason.
    pub(crate) fn tick_registrar(&mut self) {
        if self.registrar_due().is_some_and(|due| due <= self.now) {
            self.model.now = self.now;
            self.model.tick_registrar(self.now);
            self.registry(Event::Tick);
        }
    }

    pub(crate) fn registrar_due(&self) -> Option<Moment> {
        self.registrar.next_tick()
    }

    /// A connection is over.
    pub(crate) fn end(&mut self, session: SessionId, how: &str) {
        self.journal
            .line(format_args!("{:?} {session:?} {how}", self.now));
        let mut node = self.nodes.remove(&session).expect("a live session");
        self.model.now = self.now;
        self.model.disconnect(session);
        self.checks.forget(session);
        let mut effects = Vec::new();
        node.session.close(&mut effects);
        let catalog = Arc::clone(self.catalog());
        self.perform(session, effects, None, &catalog);
    }

    /// Does what a session wants done.
    fn perform(
        &mut self,
        from: SessionId,
        effects: Vec<Effect>,
        call: Option<&InvokeFunction>,
        catalog: &Snapshot,
    ) {
        for effect in effects {
            match effect {
                Effect::Send { to, message } => {
                    assert_eq!(to, from, "a session speaks to another's worker");
                    self.send(to, message);
                }
                Effect::Peer { to, peer } => {
                    self.meet(from, to, &peer, call, catalog);
                    self.push((from, to), Crossing::Peer(peer));
                }
                Effect::Registry(event) => {
                    self.registry(*event);
                    let version = self.catalog().version;
                    if let Some(node) = self.nodes.get_mut(&from) {
                        node.floor = version;
                    }
                }
                Effect::Ping(session) => {
                    assert_eq!(session, from, "a session pings another's worker");
                    if let Some(node) = self.nodes.get_mut(&from) {
                        node.down.push_back(Down::Ping);
                    }
                }
                Effect::Close { session, .. } => {
                    assert_eq!(session, from, "a session closes another");
                    if let Some(node) = self.nodes.get_mut(&from) {
                        node.closing = true;
                    }
                }
                Effect::Fire(fire) => panic!("only the registrar fires: {fire:?}"),
            }
        }
    }

    /// A session has something for another.
    fn meet(
        &mut self,
        from: SessionId,
        to: SessionId,
        peer: &Peer,
        call: Option<&InvokeFunction>,
        catalog: &Snapshot,
    ) {
        match peer {
            Peer::Deliver(deliver) => {
                check::routing::check(deliver, to, catalog);
                self.checks.calls.routed(from, deliver, call, self.now);
            }
            Peer::Complete { key, .. } => self.checks.calls.ended(from, key.to_wire()),
            Peer::Cancel { .. } => {}
        }
    }

    /// Queues a message towards a worker.
    fn send(&mut self, to: SessionId, message: Message) {
        let Some(node) = self.nodes.get_mut(&to) else {
            return;
        };
        if node.down.len() > names::OUTBOX_MAX {
            node.closing = true;
            self.coverage.met("slow consumer");
            return;
        }
        match &message {
            Message::InvocationResult(result) => {
                self.checks
                    .calls
                    .told(to, result, self.now, &mut self.coverage);
            }
            Message::CancelInvocation(_) => self.coverage.met("cancel to executor"),
            _ => {}
        }
        node.down.push_back(Down::Message(message));
    }

    fn push(&mut self, pair: (SessionId, SessionId), item: Crossing) {
        self.links.entry(pair).or_default().push_back(item);
    }

    /// The registrar handles an event and publishes what it made of it.
    fn registry(&mut self, event: Event) {
        let evicts = match &event {
            Event::Reattach { reattach, .. } => Some((
                reattach.previous_worker_id.clone(),
                reattach.reattach_token.clone(),
            )),
            _ => None,
        };
        let mut effects = Vec::new();
        self.registrar.handle(event, self.now, &mut effects);
        let snapshot = self.registrar.snapshot();
        check::versions::check(self.catalog(), &snapshot);
        if snapshot.version != self.catalog().version {
            self.published.push_back(Arc::new(snapshot));
            if self.published.len() > STALE_MAX {
                self.published.pop_front();
            }
        }
        for effect in effects {
            match effect {
                Effect::Send { to, message } => {
                    self.push((SessionId::ENGINE, to), Crossing::Send(message));
                }
                Effect::Peer { to, peer } => {
                    self.push((SessionId::ENGINE, to), Crossing::Peer(peer));
                }
                Effect::Fire(fire) => self.fire(*fire),
                Effect::Close { session, .. } => {
                    let (id, token) = evicts.clone().expect("only a reattachment evicts");
                    let worker = &self.catalog().workers[&session];
                    assert_eq!(worker.worker_id, id, "another was evicted");
                    assert_eq!(
                        Some(&worker.reattach_token),
                        token.as_ref(),
                        "without proof"
                    );
                    self.push((SessionId::ENGINE, session), Crossing::Close);
                }
                other => panic!("the registrar wants {other:?}"),
            }
        }
    }

    /// The engine makes a call of its own.
    fn fire(&mut self, fire: Fire) {
        let catalog = Arc::clone(self.catalog());
        self.checks
            .announcements
            .fired(&fire, &catalog, &mut self.coverage);
        let Some(function) = catalog.function(&fire.namespace, &fire.function_id) else {
            return;
        };
        let replica = function.choose().expect("a function has a replica");
        replica.load.add();
        self.fired += 1;
        let deliver = Deliver {
            key: CallKey {
                caller: SessionId::ENGINE,
                slot: CallKey::VOID,
                generation: self.fired,
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
        let to = replica.session;
        let peer = Peer::Deliver(Box::new(deliver));
        self.push((SessionId::ENGINE, to), Crossing::Peer(peer));
    }
}
