//! Nothing too early, nothing twice, nothing out of order.

use super::super::store::Kept;
use super::super::world::World;
use crate::core::{Delivery, Handed, Target};
use std::borrow::Cow;
use std::sync::Arc;

pub(super) fn check(world: &mut World, delivery: &Delivery) {
    let log = world.log_of(delivery.queue);
    assert!(!delivery.messages.is_empty());
    assert!(delivery.messages.is_sorted_by_key(|it| it.id) || !is_group(world, delivery));
    for message in &delivery.messages {
        ready(world, delivery, message, &log);
    }
    alike(world, delivery, &log);
    group(world, delivery, &log);
    urgent(world, delivery);
}

fn first<'a>(world: &'a World, delivery: &Delivery, log: &str) -> &'a Kept {
    let kept = world.store.get(log, delivery.messages[0].id);
    kept.expect("it was found to be durable")
}

fn is_group(world: &World, delivery: &Delivery) -> bool {
    let log = world.log_of(delivery.queue);
    first(world, delivery, &log).head().group.is_some()
}

fn ready(world: &World, delivery: &Delivery, message: &Handed, log: &Arc<str>) {
    let id = message.id;
    let kept = world
        .store
        .get(log, id)
        .expect("handed over before it was durable");
    assert!(kept.is_live(), "handed over after it had ended");
    assert!(
        !world.store.is_pending(log, id),
        "something of it is pending"
    );
    let head = kept.head();
    let due = head.due.unwrap_or_default();
    assert!(due <= world.now.0, "handed over before its time");
    assert_eq!(message.attempt, head.attempts + 1);
    if let Some(body) = &message.body {
        assert_eq!(body, &kept.body, "it carries what is durable");
    }
    let mut running = world.running.values();
    let is_running = running
        .any(|other| other.queue == delivery.queue && other.messages.iter().any(|it| it.id == id));
    assert!(!is_running, "handed over twice");
    let entry = world.broker.entry(delivery.queue).expect("it is there");
    assert!(!entry.queue.is_paused(), "the queue is paused");
}

fn alike(world: &World, delivery: &Delivery, log: &str) {
    let like = first(world, delivery, log).head();
    for message in &delivery.messages {
        let head = world
            .store
            .get(log, message.id)
            .expect("found before")
            .head();
        assert_eq!(head.tenant, like.tenant);
        assert_eq!(head.key, like.key);
        assert_eq!(head.group, like.group);
        let target = match &delivery.target {
            Target::Bound => None,
            Target::Function { id, .. } => Some(&**id),
        };
        assert_eq!(head.function.as_deref(), target);
    }
}

/// A group is one of its tenant and its key.
fn group_of(kept: &Kept) -> [Option<Cow<'_, str>>; 3] {
    let head = kept.head();
    [head.group, head.key, head.tenant]
}

/// Within a group nothing begins before everything older has ended, durably.
fn group(world: &mut World, delivery: &Delivery, log: &str) {
    let kept = first(world, delivery, log).clone();
    let group = group_of(&kept);
    if group[0].is_none() {
        return;
    }
    for other in world
        .running
        .values()
        .filter(|it| it.queue == delivery.queue)
    {
        let theirs = group_of(first(world, other, log));
        assert_ne!(theirs, group, "two deliveries of a group");
    }
    let first_id = delivery.messages[0].id;
    for (id, kept) in world.store.entries(log).filter(|(id, _)| *id < first_id) {
        let head = kept.head();
        let is_delayed = head.due.is_some() && head.attempts == 0;
        let is_claimed = world.checks.claimed.contains(&(delivery.queue, id));
        let stands = kept.is_live() && !is_delayed && !is_claimed;
        assert!(
            !stands || group_of(kept) != group,
            "{first_id:?} passes {id:?} of its group"
        );
    }
    world.checks.met("in a group");
}

/// Among those that are alike the urgent ones come first, then the older ones.
fn urgent(world: &mut World, delivery: &Delivery) {
    let entry = world.broker.entry(delivery.queue).expect("it is there");
    let log = world.log_of(delivery.queue);
    let head = first(world, delivery, &log).head();
    if head.group.is_some() {
        return;
    }
    let last = delivery.messages.last().expect("there is one").id;
    let last_priority = world.store.get(&log, last).expect("found").head().priority;
    for other in entry.queue.in_line() {
        let is_like = other.likeness.tenant.as_deref() == head.tenant.as_deref()
            && other.likeness.key.as_deref() == head.key.as_deref();
        let kept = world.store.get(&log, other.id).expect("it is durable");
        if is_like && kept.head().function == head.function {
            let passes = (other.priority, last) > (last_priority, other.id);
            assert!(!passes, "{last:?} passes {other:?}");
        }
    }
}
