//! One connection of the simulation.

use crate::client::Client;
use crate::names;
use crate::world::Down;
use iii_engine::core::catalog::{Load, Worker};
use iii_engine::core::{DEFAULT_NAMESPACE, Inbound, Session, SessionId};
use iii_protocol::Text;
use std::collections::VecDeque;
use std::sync::Arc;

/// A connection: its session, its worker, and what is under way between them.
pub(crate) struct Node {
    pub(crate) session: Session,
    pub(crate) load: Arc<Load>,
    pub(crate) client: Client,
    pub(crate) up: VecDeque<Inbound>,
    pub(crate) down: VecDeque<Down>,
    /// Its end has begun: it takes nothing from its worker any more.
    pub(crate) closing: bool,
    /// It has seen this version of the catalog.
    pub(crate) floor: u64,
}

impl Node {
    /// Whether its worker reads too slowly to be given more calls.
    pub(crate) fn congested(&self) -> bool {
        self.down.len() > names::OUTBOX_HIGH
    }
}

/// How a connection enters the catalog.
pub(crate) fn worker(
    session: SessionId,
    worker_id: Text,
    token: Text,
    load: Arc<Load>,
    trusted: bool,
) -> Worker {
    Worker {
        session,
        name: worker_id.clone(),
        worker_id,
        reattach_token: token,
        namespace: Text::from_static(DEFAULT_NAMESPACE),
        named: false,
        trusted,
        in_process: false,
        kit: false,
        draining: false,
        address: None,
        connected_at_ms: 0,
        functions: 0,
        details: Arc::default(),
        load,
    }
}
