//! One trigger's queue: the events of one entry one after the other, entries side by side.

use super::feed::Limits;
use crate::tasks::Tasks;
use iii_kit::{BoxFuture, Payload, TraceContext};
use iii_ports::kv::Address;
use parking_lot::Mutex;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Who hears of events.
pub(super) trait Subscriber: Send + Sync {
    /// Hands over one event; ends when the subscriber is through with it.
    fn deliver(&self, event: Payload, trace: TraceContext) -> BoxFuture<'_, ()>;
}

/// A subscriber and what waits for it.
pub(crate) struct Subscription {
    id: String,
    subscriber: Arc<dyn Subscriber>,
    limits: Limits,
    tasks: Tasks,
    calls: Semaphore,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    /// Events per entry. An entry is here exactly as long as a task serves it.
    lanes: HashMap<Address, VecDeque<Queued>>,
    /// Events that are queued or being handled, and room promised to writes under way.
    events: usize,
    bytes: usize,
    closed: bool,
}

/// An event in a queue.
pub(super) struct Queued {
    pub(super) event: Payload,
    pub(super) trace: TraceContext,
}

impl Subscription {
    pub(super) fn new(
        id: String,
        subscriber: Arc<dyn Subscriber>,
        limits: Limits,
        tasks: Tasks,
    ) -> Arc<Self> {
        let calls = Semaphore::new(limits.calls_max.max(1));
        let queue = Mutex::default();
        Arc::new(Self {
            id,
            subscriber,
            limits,
            tasks,
            calls,
            queue,
        })
    }

    /// The trigger's id.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Keeps room for one event; false if there is none.
    pub(super) fn reserve(&self) -> bool {
        let mut queue = self.queue.lock();
        let room = queue.events < self.limits.queue_events_max
            && queue.bytes < self.limits.queue_bytes_max;
        if room {
            queue.events += 1;
        }
        room
    }

    /// Gives back room that was kept.
    pub(super) fn release(&self) {
        self.keep_room_for(0);
    }

    /// Makes the room that was kept for one event the room for so many. A write has a second event
    /// when it also removed an expired entry.
    pub(super) fn keep_room_for(&self, events: usize) {
        let mut queue = self.queue.lock();
        queue.events = queue.events + events - 1;
    }

    /// Queues an event for which room was kept.
    pub(super) fn push_reserved(self: &Arc<Self>, at: &Address, queued: Queued) {
        let mut queue = self.queue.lock();
        if queue.closed {
            queue.events -= 1;
            return;
        }
        queue.bytes += queued.event.len();
        if let Some(lane) = queue.lanes.get_mut(at) {
            lane.push_back(queued);
            return;
        }
        queue.lanes.insert(at.clone(), VecDeque::from([queued]));
        let (subscription, at) = (self.clone(), at.clone());
        self.tasks
            .spawn(async move { subscription.serve(at).await });
    }

    /// Drops what is queued. Whatever is being handled goes on.
    pub(super) fn close(&self) {
        let mut queue = self.queue.lock();
        queue.closed = true;
        let mut dropped = (0, 0);
        for queued in queue.lanes.values_mut().flat_map(std::mem::take) {
            dropped = (dropped.0 + 1, dropped.1 + queued.event.len());
        }
        queue.events -= dropped.0;
        queue.bytes -= dropped.1;
    }

    /// Delivers the events of one entry until there are none.
    async fn serve(&self, at: Address) {
        loop {
            // The semaphore is never closed, so there always is a permit in the end.
            let permit = self.calls.acquire().await;
            let Some(Queued { event, trace }) = self.next(&at) else {
                return;
            };
            let bytes = event.len();
            self.subscriber.deliver(event, trace).await;
            drop(permit);
            let mut queue = self.queue.lock();
            queue.events -= 1;
            queue.bytes -= bytes;
        }
    }

    fn next(&self, at: &Address) -> Option<Queued> {
        let mut queue = self.queue.lock();
        let next = queue.lanes.get_mut(at).and_then(VecDeque::pop_front);
        if next.is_none() {
            queue.lanes.remove(at);
        }
        next
    }
}
