//! From writes to subscriptions, in order.

use super::event::Change;
use super::index::{Filter, Index};
use super::line::{Line, Place};
use super::subscription::{Queued, Subscription};
use crate::config::Config;
use crate::error::WriteError;
use iii_kit::{Payload, Text, TraceContext};
use iii_ports::kv::Address;
use parking_lot::{Mutex, RwLock};
use std::sync::Arc;

/// The bounds of one subscription.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_field_names, reason = "limits are named so everywhere")]
pub(crate) struct Limits {
    pub(crate) queue_events_max: usize,
    pub(crate) queue_bytes_max: usize,
    pub(crate) calls_max: usize,
}

impl From<&Config> for Limits {
    fn from(config: &Config) -> Self {
        Self {
            queue_events_max: config.trigger_queue_events_max,
            queue_bytes_max: config.trigger_queue_bytes_max,
            calls_max: config.trigger_calls_max,
        }
    }
}

/// The feed of changes.
///
/// A write that somebody watches gets a [`Pass`]: room in the queues of those who watch, and a
/// place in line, taken together with the write's own place in the store. Writes end in any order;
/// their changes leave in the order of their places, so that events of an entry are in the order
/// of its versions.
pub(crate) struct Feed {
    index: RwLock<Index>,
    line: Mutex<Line<Vec<Delivery>>>,
    limits: Limits,
}

/// An event on its way into a queue in which it has room.
struct Delivery {
    to: Arc<Subscription>,
    at: Address,
    queued: Queued,
}

/// What a watched write holds until it has ended. Dropping it means that nothing changed.
pub(crate) struct Pass {
    feed: Arc<Feed>,
    place: Place,
    room: Room,
    finished: bool,
}

/// Room in queues: which of the write's entries, and whose queue. Ordered by entry.
pub(crate) type Room = Vec<(usize, Arc<Subscription>)>;

impl Feed {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            index: RwLock::default(),
            line: Mutex::default(),
            limits,
        }
    }

    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    /// Adds a subscription, in place of one with the same id.
    pub(super) fn subscribe(&self, filter: Filter, subscription: Arc<Subscription>) {
        let replaced = self.index.write().insert(filter, subscription);
        if let Some(replaced) = replaced {
            replaced.close();
        }
    }

    /// Ends a subscription; what is queued for it is dropped.
    pub(super) fn unsubscribe(&self, id: &str) {
        let removed = self.index.write().remove(id);
        if let Some(removed) = removed {
            removed.close();
        }
    }

    /// Keeps room for the changes of these entries with everybody who watches them; `None` if
    /// nobody does.
    pub(crate) fn reserve<'a>(
        &self,
        entries: impl Iterator<Item = &'a Address>,
    ) -> Result<Option<Room>, WriteError> {
        let index = self.index.read();
        if index.is_empty() {
            return Ok(None);
        }
        let mut room: Room = Vec::new();
        for (entry, at) in entries.enumerate() {
            for subscription in index.watching(at) {
                if !subscription.reserve() {
                    for (_, kept) in &room {
                        kept.release();
                    }
                    let trigger_id = subscription.id().to_owned();
                    return Err(WriteError::TriggerBusy { trigger_id });
                }
                room.push((entry, subscription.clone()));
            }
        }
        Ok(Some(room).filter(|room| !room.is_empty()))
    }

    /// Begins a write for whose changes room is kept.
    pub(crate) fn begin<W>(self: &Arc<Self>, room: Room, write: impl FnOnce() -> W) -> (Pass, W) {
        // The store lines writes up in the order of these calls, so both are made under one lock.
        let mut line = self.line.lock();
        let place = line.join();
        let write = write();
        drop(line);
        (
            Pass {
                feed: self.clone(),
                place,
                room,
                finished: false,
            },
            write,
        )
    }

    /// Begins a write to entries that are not known before it ends: nobody is asked for room.
    /// There is no pass if nobody watches anything.
    pub(crate) fn begin_unknown<W>(
        self: &Arc<Self>,
        write: impl FnOnce() -> W,
    ) -> (Option<Pass>, W) {
        if self.index.read().is_empty() {
            return (None, write());
        }
        let (pass, write) = self.begin(Room::new(), write);
        (Some(pass), write)
    }

    /// Queues the changes of entries for which no room was kept; those that find none are lost to
    /// the trigger whose queue is full.
    fn deliveries(&self, changes: &[Change], trace: &TraceContext) -> Vec<Delivery> {
        let index = self.index.read();
        let mut deliveries = Vec::new();
        for change in changes.iter().filter(|change| change.is_real()) {
            let mut event = None;
            for to in index.watching(&change.at) {
                if !to.reserve() {
                    tracing::warn!(
                        trigger_id = to.id(),
                        "state event dropped: the queue is full"
                    );
                    continue;
                }
                let event = event.get_or_insert_with(|| change.to_event()).clone();
                let queued = Queued {
                    event,
                    trace: trace.clone(),
                };
                deliveries.push(Delivery {
                    to: to.clone(),
                    at: change.at.clone(),
                    queued,
                });
            }
        }
        deliveries
    }

    /// Ends all subscriptions; what is queued for them is dropped.
    pub(crate) fn close(&self) {
        let all = self.index.write().drain();
        for subscription in all {
            subscription.close();
        }
    }
}

impl Pass {
    /// Announces the changes of a write; `changes` has the changes of every entry, in the order in
    /// which the entries were named at the beginning.
    pub(crate) fn finish(mut self, changes: &[Vec<Change>], trace: &TraceContext) {
        self.finished = true;
        let trace = detached(trace);
        let mut deliveries = Vec::new();
        let mut events: (usize, Vec<(&Change, Payload)>) = (usize::MAX, Vec::new());
        for (entry, to) in std::mem::take(&mut self.room) {
            if events.0 != entry {
                let real = changes
                    .get(entry)
                    .into_iter()
                    .flatten()
                    .filter(|it| it.is_real());
                events = (
                    entry,
                    real.map(|change| (change, change.to_event())).collect(),
                );
            }
            to.keep_room_for(events.1.len());
            deliveries.extend(events.1.iter().map(|(change, event)| Delivery {
                to: to.clone(),
                at: change.at.clone(),
                queued: Queued {
                    event: event.clone(),
                    trace: trace.clone(),
                },
            }));
        }
        self.leave(deliveries);
    }

    /// Announces the changes of a write that did not know its entries.
    pub(crate) fn finish_unknown(mut self, changes: &[Change]) {
        self.finished = true;
        let deliveries = self.feed.deliveries(changes, &TraceContext::default());
        self.leave(deliveries);
    }

    fn leave(&mut self, deliveries: Vec<Delivery>) {
        self.feed
            .line
            .lock()
            .finish(self.place, deliveries, |deliveries| {
                for Delivery { to, at, queued } in deliveries {
                    to.push_reserved(&at, queued);
                }
            });
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if !self.finished {
            self.room
                .iter()
                .for_each(|(_, subscription)| subscription.release());
            self.leave(Vec::new());
        }
    }
}

/// A trace context that does not hold the frame it came in.
fn detached(trace: &TraceContext) -> TraceContext {
    let detach = |text: &Option<Text>| text.as_ref().map(Text::detach);
    TraceContext {
        traceparent: detach(&trace.traceparent),
        tracestate: detach(&trace.tracestate),
        baggage: detach(&trace.baggage),
    }
}
