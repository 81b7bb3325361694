//! Looking into a queue, and changing its course.

use super::{Queue, Settle};
use crate::core::ids::MessageId;
use crate::core::message::{Failure, Fate, Head, Reason, State};
use crate::core::settings::Settings;
use crate::core::slab::Slot;
use crate::core::stats::Event;
use bytes::Bytes;
use iii_ports::UnixMs;
use iii_ports::log::Change;
use std::borrow::Cow;

/// Messages that one purge takes at a time.
const PURGE_MAX: usize = 512;

/// How a queue stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Standing {
    /// All that are not dead.
    pub(crate) depth: u64,
    pub(crate) waiting: u64,
    pub(crate) later: u64,
    pub(crate) running: u64,
    pub(crate) dead: u64,
    pub(crate) bytes: u64,
    /// When the oldest message that waits was enqueued.
    pub(crate) oldest: Option<UnixMs>,
    pub(crate) totals: [(&'static str, u64, f64); 4],
}

/// A message that is not dead, as far as memory knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) state: &'static str,
    pub(crate) attempts: u32,
    pub(crate) enqueued_at: UnixMs,
    pub(crate) progress: Option<String>,
    pub(crate) has_result: bool,
    pub(crate) error: Option<Failure>,
}

/// What the head of a dead message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeadHead {
    pub(crate) function: Option<String>,
    pub(crate) namespace: Option<String>,
    pub(crate) group: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) tenant: Option<String>,
    pub(crate) reason: Reason,
    pub(crate) died_at: UnixMs,
    pub(crate) enqueued_at: UnixMs,
    pub(crate) attempts: u32,
    pub(crate) error: Option<Failure>,
}

impl Queue {
    pub(crate) fn standing(&mut self, now: UnixMs) -> Standing {
        let mut standing = Standing {
            depth: self.messages.len() as u64,
            dead: self.dead.len() as u64,
            bytes: self.bytes,
            ..Standing::default()
        };
        for (_, message) in self.messages.iter() {
            match message.state {
                State::Waiting | State::Arriving => standing.waiting += 1,
                State::Later => standing.later += 1,
                State::Running(_) | State::Settling => standing.running += 1,
                State::Leaving => {}
            }
            if message.state == State::Waiting {
                let oldest = standing.oldest.unwrap_or(message.enqueued_at);
                standing.oldest = Some(oldest.min(message.enqueued_at));
            }
        }
        let events = [
            ("enqueued", Event::Enqueued),
            ("completed", Event::Completed),
            ("failed", Event::Failed),
            ("died", Event::Died),
        ];
        standing.totals = events.map(|(name, event)| {
            let rate = self.stats.rate(event, now);
            (name, self.stats.total(event), rate)
        });
        standing
    }

    /// Something of the queue is on its way to the store.
    pub(crate) fn is_in_flux(&self) -> bool {
        let is_on_its_way =
            |state| matches!(state, State::Arriving | State::Settling | State::Leaving);
        self.messages.iter().any(|(_, it)| is_on_its_way(it.state))
    }

    pub(crate) fn depth(&self) -> u64 {
        self.messages.len() as u64
    }

    pub(crate) fn find(&self, id: MessageId) -> Option<Found> {
        if let Some(slot) = self.slot_of(id) {
            let message = &self.messages[slot];
            let extras = message.extras.as_deref();
            return Some(Found {
                state: match message.state {
                    State::Arriving | State::Waiting | State::Leaving => "waiting",
                    State::Later => "delayed",
                    State::Running(_) | State::Settling => "running",
                },
                attempts: message.attempts,
                enqueued_at: message.enqueued_at,
                progress: extras.and_then(|extras| extras.progress.clone()),
                has_result: false,
                error: extras.and_then(|extras| extras.error.clone()),
            });
        }
        let kept = self.dedup.kept(id)?;
        Some(Found {
            state: "done",
            attempts: 0,
            enqueued_at: UnixMs(0),
            progress: None,
            has_result: kept.has_result,
            error: None,
        })
    }

    pub(crate) fn set_paused(&mut self, is_paused: bool) {
        self.is_paused = is_paused;
    }

    /// New settings, which everything that waits is measured by from now on.
    pub(crate) fn configure(&mut self, settings: Settings, _now: UnixMs) {
        self.settings = settings;
        for lane in self.lanes.all() {
            self.withdraw(lane);
            self.offer(lane);
        }
    }

    /// Removes messages that are not being handled, though not all at once; to be made durable,
    /// then [`Queue::settled`]. Nothing is left when it answers nothing.
    pub(crate) fn purge(&mut self) -> (Vec<Change>, Vec<Settle>) {
        let idle = |state| matches!(state, State::Waiting | State::Later);
        // From where the last one ended: what it emptied is not looked through again.
        let messages = self.messages.iter_from(self.purged_to);
        let found = messages.filter(|(_, it)| idle(it.state));
        let slots: Vec<_> = found.map(|(slot, _)| slot).take(PURGE_MAX).collect();
        self.purged_to = slots.last().map_or(0, |slot| slot.0);
        let purge = slots.into_iter().map(|slot| {
            self.take_leave(slot);
            let id = self.messages[slot].id;
            (self.remove(id), Settle::Gone(id))
        });
        purge.unzip()
    }

    /// Removes one message that is not being handled.
    pub(crate) fn take_back(&mut self, id: MessageId) -> Option<(Vec<Change>, Vec<Settle>)> {
        let slot = self.slot_of(id)?;
        if !matches!(self.messages[slot].state, State::Waiting | State::Later) {
            return None;
        }
        self.take_leave(slot);
        Some((vec![self.remove(id)], vec![Settle::Gone(id)]))
    }

    /// Messages that were to be removed stay.
    pub(crate) fn not_removed(&mut self, settles: &[Settle], now: UnixMs) {
        for settle in settles {
            let Settle::Gone(id) = settle else {
                continue;
            };
            let slot = self.slot_of(*id);
            let leaves = |slot: &Slot| self.messages[*slot].state == State::Leaving;
            if let Some(slot) = slot.filter(leaves) {
                let due = self.messages[slot].at;
                self.back_in_line(slot, due, now);
            }
        }
    }

    pub(crate) fn dead_count(&self) -> u64 {
        self.dead.len() as u64
    }

    /// Dead messages in the order in which they were enqueued.
    pub(crate) fn dead_after(&self, after: Option<MessageId>, most: usize) -> Vec<MessageId> {
        let from = after.map_or(0, |after| after.0 + 1);
        let dead = self.dead.range(MessageId(from)..);
        dead.take(most).map(|(id, _)| *id).collect()
    }

    pub(crate) fn has_dead(&self, id: MessageId) -> bool {
        self.dead.contains_key(&id)
    }

    /// A dead message that somebody changes; nobody else can until it is given back or ended.
    pub(crate) fn claim_dead(&mut self, id: MessageId) -> Option<u32> {
        self.dead.remove(&id)
    }

    /// The claim of a dead message ends and nothing has changed, except perhaps its size.
    pub(crate) fn unclaim_dead(&mut self, id: MessageId, body_len: u32) {
        self.dead.insert(id, body_len);
    }

    /// What makes a claimed dead message live again; then [`Queue::load`] with the head.
    ///
    /// # Errors
    /// The head is not that of a dead message.
    pub(crate) fn revive(
        &self,
        id: MessageId,
        head: &[u8],
        body: Option<Bytes>,
    ) -> Result<(Change, Bytes), serde_json::Error> {
        let mut head = Head::decode(head)?;
        head.fate = None;
        head.attempts = 0;
        head.due = None;
        if let Some(extras) = head.extras.as_mut() {
            // It waited too long once; that must not kill it again.
            extras.to_mut().expires_at = None;
        }
        let head = head.encode();
        let change = match body {
            None => self.update(id, head.clone()),
            Some(body) => self.put(id, head.clone(), body),
        };
        Ok((change, head))
    }

    /// What gives a claimed dead message another body.
    pub(crate) fn rewrite_dead(&self, id: MessageId, head: Bytes, body: Bytes) -> Change {
        self.put(id, head, body)
    }

    /// What removes a claimed dead message.
    pub(crate) fn discard_dead(&self, id: MessageId) -> Change {
        self.remove(id)
    }
}

impl DeadHead {
    /// # Errors
    /// It is no head; `None` when the message is not dead.
    pub(crate) fn decode(head: &[u8]) -> Result<Option<Self>, serde_json::Error> {
        let head = Head::decode(head)?;
        let Some(Fate::Dead { reason, at }) = head.fate else {
            return Ok(None);
        };
        let text = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned);
        Ok(Some(Self {
            function: text(head.function),
            namespace: text(head.namespace),
            group: text(head.group),
            key: text(head.key),
            tenant: text(head.tenant),
            reason,
            died_at: UnixMs(at),
            enqueued_at: UnixMs(head.enqueued_at),
            attempts: head.attempts,
            error: head.extras.and_then(|extras| extras.error.clone()),
        }))
    }
}
