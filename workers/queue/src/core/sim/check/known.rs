//! Messages that are one: what may be enqueued next to what is there.

use super::super::world::World;
use crate::core::message::{Fate, Head};
use crate::core::{MessageId, NewMessage, QueueId};

/// A message was taken under a number.
pub(in super::super) fn taken(world: &mut World, queue: QueueId, new: &NewMessage, id: MessageId) {
    let log = world.log_of(queue);
    let now = world.now.0;
    let existing = world.store.entries(&log).filter(|(other, _)| *other != id);
    for (other, kept) in existing {
        let head = kept.head();
        let Some(extras) = head.extras.as_deref() else {
            continue;
        };
        if world.checks.revived.contains(&(queue, other)) || kept.is_dead() {
            continue;
        }
        let has =
            |key: &Option<String>, wanted: Option<&str>| key.is_some() && key.as_deref() == wanted;
        let is_live = kept.is_live();
        if has(&extras.idempotency_key, new.idempotency_key.as_deref()) {
            let until = extras.idempotent_until.unwrap_or_default();
            assert!(!is_live && until <= now, "{other:?} is this message");
        }
        if has(&extras.singleton, new.singleton.as_deref()) {
            assert!(!is_live, "{other:?} is to be the only one");
        }
        let throttle = new.throttle.as_ref().map(|it| &*it.key);
        if has(&extras.throttle, throttle) {
            let until = extras.throttle_until.unwrap_or_default();
            assert!(until <= now, "{other:?} is the one of its period");
        }
        let debounce = new.debounce.as_ref().map(|it| &*it.key);
        if has(&extras.debounce, debounce) && is_live {
            let waits = head.due.is_some_and(|due| due > now) && head.attempts == 0;
            let is_free = !world.checks.handed.contains(&(queue, other));
            let is_leaving = world.checks.causes.contains_key(&(queue, other));
            assert!(
                !waits || !is_free || is_leaving,
                "{other:?} waits for new data"
            );
        }
    }
}

/// A message was not taken because of another one, which is durable and not in vain.
pub(in super::super) fn refused(world: &World, queue: QueueId, new: &NewMessage, id: MessageId) {
    let log = world.log_of(queue);
    if world.store.is_pending(&log, id) {
        // It is about to end, and was there before this one.
        return;
    }
    let kept = world.store.get(&log, id).expect("the known one is durable");
    let head: Head<'_> = kept.head();
    assert!(
        !matches!(head.fate, Some(Fate::Dead { .. })),
        "a dead one does not count"
    );
    let extras = head.extras.as_deref().expect("it has a key");
    let throttle = new.throttle.as_ref().map(|it| &*it.key);
    let is_same = extras.idempotency_key.is_some() && extras.idempotency_key == new.idempotency_key
        || extras.singleton.is_some() && extras.singleton == new.singleton
        || extras.throttle.is_some()
            && extras.throttle.as_deref() == throttle
            && extras
                .throttle_until
                .is_some_and(|until| until > world.now.0);
    assert!(is_same, "{head:?} has nothing to do with {new:?}");
}
