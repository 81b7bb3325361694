//! One connection's state machine.

mod caller;
mod calls;
mod deadlines;
mod heartbeat;
mod naming;

use super::authorizer::{Authorizer, Identity, Refusal, Request};
use super::catalog::{Load, Snapshot};
use super::effect::{Effect, Peer};
use super::ids::{Moment, SessionId};
use super::tables::Tables;
use super::{message, peer};
use iii_protocol::{DecodeError, Limits, Message, Payload, Text};
use std::sync::Arc;

pub(super) use caller::caller_of;
pub(super) use calls::{Calls, Incoming, Outgoing, complete, finish};
pub(super) use deadlines::{Deadlines, tell_executor};
pub(super) use heartbeat::Heartbeat;
pub(super) use naming::{Naming, hold, name};

/// What every session of an engine goes by.
#[derive(Debug)]
pub struct Rules {
    /// The engine's limits.
    pub limits: Limits,
    /// The host's tables.
    pub tables: Tables,
    /// Asked in front of every message.
    pub authorizer: Arc<dyn Authorizer>,
    /// Version shown in discovery.
    pub engine_version: Text,
}

/// What is known about a connection when it begins.
#[derive(Clone, Debug)]
pub struct Start {
    /// Its id in the engine.
    pub session: SessionId,
    /// Its id on the wire, a UUID.
    pub worker_id: Text,
    /// Keys of the channels it mints.
    pub channel_secret: [u8; 32],
    /// In-process, or holding the operator token.
    pub trusted: bool,
    /// Puts `_caller_worker_id` into object payloads for this worker.
    pub inject_caller: bool,
    /// What it is busy with, shared with the catalog.
    pub load: Arc<Load>,
}

/// What a connection delivers to its state machine.
#[expect(
    clippy::large_enum_variant,
    reason = "the large variant is the hot one: a box is an allocation"
)]
#[derive(Debug)]
pub enum Inbound {
    /// A message.
    Message(Message),
    /// A telemetry frame, prefix cut off.
    Telemetry {
        /// Its four-letter kind.
        prefix: [u8; 4],
        /// Its body.
        body: bytes::Bytes,
    },
    /// A frame that is no message.
    Malformed(DecodeError),
    /// A sign of life without content.
    Alive,
}

/// One connection's state: the calls it makes, the calls it runs, and who it is.
#[derive(Debug)]
pub struct Session {
    pub(super) id: SessionId,
    pub(super) identity: Identity,
    /// The `caller` object stamped on this session's calls.
    pub(super) caller: Payload,
    pub(super) kit: bool,
    pub(super) inject_caller: bool,
    pub(super) channel_secret: [u8; 32],
    pub(super) channels_minted: u64,
    pub(super) started: Moment,
    pub(super) load: Arc<Load>,
    pub(super) rules: Arc<Rules>,
    pub(super) naming: Naming,
    pub(super) calls: Calls,
    pub(super) deadlines: Deadlines,
    pub(super) heartbeat: Heartbeat,
}

impl Session {
    /// A connection that has just been accepted.
    #[must_use]
    pub fn new(start: Start, rules: Arc<Rules>, now: Moment) -> Self {
        let identity = Identity {
            worker_id: start.worker_id.clone(),
            name: start.worker_id,
            namespace: Text::from_static(super::DEFAULT_NAMESPACE),
            trusted: start.trusted,
        };
        Self {
            id: start.session,
            caller: caller::worker_object(&identity),
            identity,
            kit: false,
            inject_caller: start.inject_caller,
            channel_secret: start.channel_secret,
            channels_minted: 0,
            started: now,
            load: start.load,
            naming: Naming::waiting(now.after_ms(rules.limits.registration_namespace_grace_ms)),
            calls: Calls::default(),
            deadlines: Deadlines::default(),
            heartbeat: Heartbeat::new(now, rules.limits.heartbeat_ms),
            rules,
        }
    }

    /// Handles what the worker sent.
    pub fn handle(
        &mut self,
        inbound: Inbound,
        catalog: &Snapshot,
        now: Moment,
        effects: &mut Vec<Effect>,
    ) {
        self.heartbeat.alive(now);
        match inbound {
            Inbound::Message(message) => message::dispatch(self, message, catalog, now, effects),
            Inbound::Telemetry { prefix, body } => {
                message::telemetry(self, prefix, body, catalog, now, effects);
            }
            Inbound::Malformed(error) => message::malformed(self, &error, effects),
            Inbound::Alive => {}
        }
    }

    /// Handles what another session sent. `congested` says that the worker does not read fast
    /// enough to be given more calls.
    pub fn handle_peer(
        &mut self,
        peer: Peer,
        congested: bool,
        now: Moment,
        effects: &mut Vec<Effect>,
    ) {
        match peer {
            Peer::Deliver(deliver) => peer::deliver(self, *deliver, congested, now, effects),
            Peer::Complete { key, outcome } => peer::complete(self, key, *outcome, effects),
            Peer::Cancel { key, reason } => peer::cancel(self, key, reason, effects),
        }
    }

    /// Lets time pass: deadlines, the grace period for naming, heartbeats.
    pub fn tick(&mut self, catalog: &Snapshot, now: Moment, effects: &mut Vec<Effect>) {
        deadlines::expire(self, now, effects);
        naming::expire(self, catalog, now, effects);
        heartbeat::beat(self, now, effects);
    }

    /// When [`Session::tick`] has something to do at the earliest.
    #[must_use]
    pub fn next_tick(&self) -> Moment {
        let next = self.heartbeat.next().min(self.naming.next());
        self.deadlines
            .next()
            .map_or(next, |deadline| deadline.min(next))
    }

    /// The connection has ended: its calls end, what it ran is told to its callers, and it leaves
    /// the catalog.
    pub fn close(&mut self, effects: &mut Vec<Effect>) {
        // First the catalog: a caller that hears of the loss must not be routed here again.
        effects.push(Effect::Registry(Box::new(
            super::registrar::Event::Disconnect { session: self.id },
        )));
        calls::stop_all(self, effects);
    }

    /// Whether the worker understands our additions to the protocol.
    #[must_use]
    pub fn is_kit(&self) -> bool {
        self.kit
    }

    /// Calls that this session's worker has not answered.
    #[must_use]
    pub fn running(&self) -> usize {
        self.calls.incoming.len()
    }

    /// Calls of this session's worker that have not ended.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.calls.waiting()
    }

    pub(super) fn send(&self, message: Message, effects: &mut Vec<Effect>) {
        effects.push(Effect::Send {
            to: self.id,
            message,
        });
    }

    pub(super) fn authorize(&self, what: Request<'_>) -> Result<(), Refusal> {
        self.rules.authorizer.authorize(&self.identity, what)
    }
}
