//! What crosses from one executor thread to another.

use crate::core::{Effect, Peer};
use iii_transport::Connection;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::net::{IpAddr, TcpStream};
use std::sync::Arc;
use tokio::sync::Notify;

use super::listener::Policy;
use super::pump::Stream;

/// One thing for a thread to do.
#[expect(
    clippy::large_enum_variant,
    reason = "the large variant is the hot one: a box is an allocation"
)]
pub(super) enum Item {
    /// Something addressed to one of its sessions.
    Effect(Effect),
    /// A connection to make a session of.
    Adopt(Adoption),
    /// A socket whose handshake is still to come.
    Accept(TcpStream, Arc<Policy>),
    /// A channel whose ends are both attached.
    Pump(Stream),
    /// Tell workers to leave.
    Drain,
    /// Close everything and end.
    Stop,
}

/// A connection that becomes a session.
pub(super) struct Adoption {
    pub(super) connection: Box<dyn Connection>,
    pub(super) trusted: bool,
    pub(super) in_process: bool,
    pub(super) inject_caller: bool,
    pub(super) telemetry_only: bool,
    pub(super) address: Option<IpAddr>,
}

/// The queue of one thread.
#[derive(Default)]
pub(super) struct Inbox {
    items: Mutex<VecDeque<Item>>,
    wake: Notify,
}

impl Inbox {
    /// Adds an item. Outcomes of calls and control items are never refused: there are no more of
    /// them than open calls and connections, which have limits of their own.
    pub(super) fn push(&self, item: Item) {
        self.items.lock().push_back(item);
        self.wake.notify_one();
    }

    /// Adds a call, or gives it back when the queue is at its limit.
    #[expect(
        clippy::result_large_err,
        reason = "the error is the item itself, handed back"
    )]
    pub(super) fn offer(&self, effect: Effect, messages_max: usize) -> Result<(), Effect> {
        let is_call = matches!(
            effect,
            Effect::Peer {
                peer: Peer::Deliver(_),
                ..
            }
        );
        let mut items = self.items.lock();
        if is_call && items.len() >= messages_max {
            return Err(effect);
        }
        items.push_back(Item::Effect(effect));
        drop(items);
        self.wake.notify_one();
        Ok(())
    }

    /// Everything that waits.
    pub(super) fn take(&self) -> VecDeque<Item> {
        std::mem::take(&mut *self.items.lock())
    }

    /// Resolves when something was added since the last time.
    pub(super) async fn filled(&self) {
        self.wake.notified().await;
    }
}
