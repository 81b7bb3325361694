//! A clock that a test moves by hand.

use super::{Clock, UnixMs};
use crate::BoxFuture;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// A clock that stands still until it is moved. Clones show the same time.
#[derive(Clone, Debug, Default)]
pub struct ManualClock {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    now: UnixMs,
    sleepers: BTreeMap<(UnixMs, u64), Waker>,
    sleepers_made: u64,
}

impl ManualClock {
    /// A clock that shows `now`.
    #[must_use]
    pub fn at(now: UnixMs) -> Self {
        let clock = Self::default();
        clock.shared.lock().now = now;
        clock
    }

    /// Moves time forward and wakes the sleepers whose instant has come.
    pub fn advance(&self, by: Duration) {
        let mut shared = self.shared.lock();
        shared.now = shared.now.after(by);
        let first_later = (UnixMs(shared.now.0.saturating_add(1)), 0);
        let later = shared.sleepers.split_off(&first_later);
        let due = std::mem::replace(&mut shared.sleepers, later);
        drop(shared);
        due.into_values().for_each(Waker::wake);
    }

    /// The earliest instant that somebody sleeps for.
    #[must_use]
    pub fn next_wake(&self) -> Option<UnixMs> {
        self.shared.lock().sleepers.keys().next().map(|(at, _)| *at)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> UnixMs {
        self.shared.lock().now
    }

    fn sleep_until(&self, at: UnixMs) -> BoxFuture<'static, ()> {
        let mut shared = self.shared.lock();
        shared.sleepers_made += 1;
        let id = (at, shared.sleepers_made);
        Box::pin(Sleep {
            shared: self.shared.clone(),
            id,
        })
    }
}

struct Sleep {
    shared: Arc<Mutex<Shared>>,
    id: (UnixMs, u64),
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut shared = self.shared.lock();
        if shared.now >= self.id.0 {
            return Poll::Ready(());
        }
        shared.sleepers.insert(self.id, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.shared.lock().sleepers.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleepers_wake_when_their_instant_comes_and_not_before() {
        let clock = ManualClock::at(UnixMs(1_000));
        let mut first = clock.sleep_until(UnixMs(1_010));
        let mut second = clock.sleep_until(UnixMs(1_020));
        assert!(poll(&mut first).is_pending());
        assert!(poll(&mut second).is_pending());
        assert_eq!(clock.next_wake(), Some(UnixMs(1_010)));
        clock.advance(Duration::from_millis(10));
        assert!(poll(&mut first).is_ready());
        assert!(poll(&mut second).is_pending());
        assert_eq!(clock.next_wake(), Some(UnixMs(1_020)));
        drop(second);
        assert_eq!(clock.next_wake(), None);
    }

    fn poll(future: &mut BoxFuture<'static, ()>) -> Poll<()> {
        future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
    }
}
