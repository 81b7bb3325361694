//! One direction of an in-process pair: a weighed queue between one sender and one receiver.
//!
//! The sender collects items without a lock and hands them over at a flush; the receiver takes
//! everything there is by swapping queues. So one lock is taken per batch, not per item.

use crate::Closed;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// A drained queue that can hold more items than this gives its memory back.
const KEPT_ITEMS_MAX: usize = 8;

/// Makes a pipe whose flush waits while `unread_high` or more is unread.
pub(super) fn pipe<T>(unread_high: usize) -> (Sender<T>, Receiver<T>) {
    let shared = Arc::new(Mutex::new(Shared {
        items: VecDeque::new(),
        weight: 0,
        end: None,
        abandoned: false,
        on_items: None,
        on_room: None,
    }));
    let sender = Sender {
        shared: Arc::clone(&shared),
        waiting: VecDeque::new(),
        weight: 0,
        unread_high,
        end: None,
    };
    let receiver = Receiver {
        shared,
        taken: VecDeque::new(),
    };
    (sender, receiver)
}

struct Shared<T> {
    items: VecDeque<Weighed<T>>,
    weight: usize,
    /// Set by the sender; the receiver sees it after the items.
    end: Option<Closed>,
    /// The receiver is gone.
    abandoned: bool,
    on_items: Option<Waker>,
    on_room: Option<Waker>,
}

struct Weighed<T> {
    item: T,
    weight: usize,
}

/// What a flush left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flushed {
    /// Nothing waits any more, a requested end included.
    All,
    /// The receiver has too much unread.
    Partly,
    /// The receiver is gone.
    Abandoned,
}

/// The sending half.
pub(super) struct Sender<T> {
    shared: Arc<Mutex<Shared<T>>>,
    waiting: VecDeque<Weighed<T>>,
    weight: usize,
    unread_high: usize,
    end: Option<Closed>,
}

impl<T> Sender<T> {
    /// Queues an item until the next flush. After `finish` it is a no-op.
    pub(super) fn queue(&mut self, item: T, weight: usize) {
        if self.end.is_some() {
            return;
        }
        self.weight += weight;
        self.waiting.push_back(Weighed { item, weight });
    }

    /// The weight that waits for a flush.
    pub(super) fn weight(&self) -> usize {
        self.weight
    }

    /// Queues the end that the receiver sees after the last item.
    pub(super) fn finish(&mut self, end: Closed) {
        self.end.get_or_insert(end);
    }

    /// Hands over what fits. With a waker, `Partly` means that it will be woken.
    pub(super) fn flush(&mut self, waker: Option<&Waker>) -> Flushed {
        if self.waiting.is_empty() && self.end.is_none() {
            return Flushed::All;
        }
        let mut shared = self.shared.lock();
        if shared.abandoned {
            drop(shared);
            self.discard();
            return Flushed::Abandoned;
        }
        if shared.items.is_empty() && self.weight <= self.unread_high {
            std::mem::swap(&mut shared.items, &mut self.waiting);
            shared.weight = std::mem::take(&mut self.weight);
        }
        while shared.weight < self.unread_high {
            let Some(weighed) = self.waiting.pop_front() else {
                break;
            };
            self.weight -= weighed.weight;
            shared.weight += weighed.weight;
            shared.items.push_back(weighed);
        }
        let all = self.waiting.is_empty();
        if all {
            shared.end.clone_from(&self.end);
        } else if let Some(waker) = waker {
            shared.on_room = Some(waker.clone());
        }
        let on_items = shared.on_items.take();
        drop(shared);
        if let Some(on_items) = on_items {
            on_items.wake();
        }
        if all { Flushed::All } else { Flushed::Partly }
    }

    fn discard(&mut self) {
        self.waiting = VecDeque::new();
        self.weight = 0;
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        // A farewell that still waits behind unread items is lost with them.
        let farewell = self.end.take().filter(|_| self.waiting.is_empty());
        let mut shared = self.shared.lock();
        shared.end.get_or_insert_with(|| {
            farewell.unwrap_or_else(|| Closed::Lost("the other end was dropped".to_owned()))
        });
        let on_items = shared.on_items.take();
        drop(shared);
        if let Some(on_items) = on_items {
            on_items.wake();
        }
    }
}

/// The receiving half.
pub(super) struct Receiver<T> {
    shared: Arc<Mutex<Shared<T>>>,
    taken: VecDeque<Weighed<T>>,
}

impl<T> Receiver<T> {
    /// Waits until `next` has something to give.
    pub(super) fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        if !self.taken.is_empty() {
            return Poll::Ready(Ok(()));
        }
        if self.taken.capacity() > KEPT_ITEMS_MAX {
            self.taken = VecDeque::new();
        }
        let mut shared = self.shared.lock();
        if shared.items.is_empty() {
            if let Some(end) = &shared.end {
                return Poll::Ready(Err(end.clone()));
            }
            shared.on_items = Some(context.waker().clone());
            return Poll::Pending;
        }
        std::mem::swap(&mut shared.items, &mut self.taken);
        shared.weight = 0;
        let on_room = shared.on_room.take();
        drop(shared);
        if let Some(on_room) = on_room {
            on_room.wake();
        }
        Poll::Ready(Ok(()))
    }

    /// The next item of the batch that `poll_ready` took.
    pub(super) fn next(&mut self) -> Option<T> {
        self.taken.pop_front().map(|weighed| weighed.item)
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let mut shared = self.shared.lock();
        shared.abandoned = true;
        shared.weight = 0;
        let unread = std::mem::take(&mut shared.items);
        let on_room = shared.on_room.take();
        drop(shared);
        // Items may own large memory; they are freed without the lock.
        drop(unread);
        if let Some(on_room) = on_room {
            on_room.wake();
        }
    }
}
