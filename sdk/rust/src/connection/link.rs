//! The present connection, if there is one.

use super::Ended;
use iii_protocol::Message;
use iii_transport::{Closed, Connection, Inbound};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Instant;

/// A peer that stays silent for this many heartbeats is dead: it missed two pings.
const SILENT_HEARTBEATS_MAX: u32 = 3;
/// A connection that lived this long was a good one: the next pause is short again.
const GOOD_AFTER: Duration = Duration::from_secs(1);

/// The connection, or none.
pub(super) enum Link {
    Down,
    Up(Up),
}

/// An open connection.
pub(super) struct Up {
    connection: Box<dyn Connection>,
    /// Whether the engine has said its first word; nothing is sent before.
    greeted: bool,
    /// Whether the engine acknowledges registrations.
    acknowledges: bool,
    since: Instant,
    heard: Instant,
    /// Pings sent since the peer was last heard.
    pings: u32,
    /// Nothing can be written any more.
    broken: bool,
}

impl Link {
    pub(super) fn up(connection: Box<dyn Connection>, now: Instant) -> Self {
        Self::Up(Up {
            connection,
            greeted: false,
            acknowledges: false,
            since: now,
            heard: now,
            pings: 0,
            broken: false,
        })
    }

    /// Whether messages can be sent.
    pub(super) fn is_live(&self) -> bool {
        matches!(self, Self::Up(up) if up.greeted)
    }

    pub(super) fn was_good(&self, now: Instant) -> bool {
        matches!(self, Self::Up(up) if up.greeted && now >= up.since + GOOD_AFTER)
    }

    pub(super) fn greeted(&mut self, acknowledges: bool) {
        if let Self::Up(up) = self {
            up.greeted = true;
            up.acknowledges = acknowledges;
        }
    }

    pub(super) fn acknowledges(&self) -> bool {
        matches!(self, Self::Up(up) if up.acknowledges)
    }

    /// Queues a message. Without a live connection it goes nowhere; whoever cares asks before.
    pub(super) fn send(&mut self, message: &Message) {
        if let Self::Up(up) = self
            && up.greeted
        {
            up.connection.send(message);
        }
    }

    /// Whether so much is queued that nothing more should be taken on.
    pub(super) fn is_congested(&self, high_bytes: usize) -> bool {
        matches!(self, Self::Up(up)
            if !up.broken && up.connection.queued_bytes() > high_bytes)
    }

    /// Receives what is there; `false` when there is nothing.
    pub(super) fn poll_receive(
        &mut self,
        context: &mut Context<'_>,
        inbound: &mut Vec<Inbound>,
        max: usize,
        now: Instant,
    ) -> Result<bool, Ended> {
        let Self::Up(up) = self else {
            return Ok(false);
        };
        match up.connection.poll_receive(context, inbound, max) {
            Poll::Pending => Ok(false),
            Poll::Ready(Ok(())) => {
                up.heard = now;
                up.pings = 0;
                Ok(true)
            }
            Poll::Ready(Err(closed)) => Err(lost(&closed)),
        }
    }

    /// Moves what is queued. When that fails, the engine's last words may still be readable; so it
    /// is the receiving side that tells the end, and has to be asked, however much is queued.
    pub(super) fn poll_flush(&mut self, context: &mut Context<'_>) {
        if let Self::Up(up) = self {
            let flushed = up.connection.poll_flush(context);
            up.broken = matches!(flushed, Poll::Ready(Err(_)));
        }
    }

    /// When `check` wants to be called.
    pub(super) fn check_at(&self, greeting: Duration, heartbeat: Duration) -> Option<Instant> {
        match self {
            Self::Down => None,
            Self::Up(up) if !up.greeted => Some(up.since + greeting),
            Self::Up(up) => Some(up.heard + heartbeat * (up.pings + 1)),
        }
    }

    /// Probes a silent peer, and gives up one that stays silent.
    pub(super) fn check(
        &mut self,
        now: Instant,
        greeting: Duration,
        heartbeat: Duration,
    ) -> Result<(), Ended> {
        if self.check_at(greeting, heartbeat).is_none_or(|at| at > now) {
            return Ok(());
        }
        let Self::Up(up) = self else {
            return Ok(());
        };
        if !up.greeted {
            return Err(Ended::Lost("the engine did not greet".to_owned()));
        }
        up.pings += 1;
        if up.pings >= SILENT_HEARTBEATS_MAX {
            return Err(Ended::Lost("the engine is silent".to_owned()));
        }
        up.connection.ping();
        Ok(())
    }

    /// Takes the connection out, to close it.
    pub(super) fn take(&mut self) -> Option<Box<dyn Connection>> {
        match std::mem::replace(self, Self::Down) {
            Self::Down => None,
            Self::Up(up) => Some(up.connection),
        }
    }
}

fn lost(closed: &Closed) -> Ended {
    Ended::Lost(closed.to_string())
}
