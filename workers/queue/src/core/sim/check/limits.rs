//! How many at a time, and how often.

use super::super::world::World;
use crate::core::{Delivery, QueueId, Rate};

pub(super) fn check(world: &mut World, delivery: &Delivery) {
    let queue = delivery.queue;
    let entry = world.broker.entry(queue).expect("it is there");
    let settings = entry.queue.settings().clone();
    let log = world.log_of(queue);
    let key_of = |delivery: &Delivery| {
        let kept = world.store.get(&log, delivery.messages[0].id);
        kept.and_then(|kept| kept.head().key.map(|key| key.to_string()))
    };
    let key = key_of(delivery);
    let running = world.running.values().filter(|it| it.queue == queue);
    let (all, like) = running.fold((0, 0), |(all, like), other| {
        (
            all + 1,
            like + u32::from(key.is_some() && key_of(other) == key),
        )
    });
    assert!(all < settings.concurrency, "concurrency");
    let most = settings.key_concurrency.unwrap_or(u32::MAX);
    assert!(like < most, "concurrency of {key:?}");
    let size = settings.batch.map_or(1, |batch| batch.size as usize);
    assert!(delivery.messages.len() <= size);
    starts(world, queue, None, settings.rate);
    if key.is_some() {
        starts(world, queue, key, settings.key_rate);
    }
}

/// Since the limit is what it is, no span held more.
fn starts(world: &mut World, queue: QueueId, key: Option<String>, rate: Option<Rate>) {
    let now = world.now;
    let (under, starts) = world.checks.starts.entry((queue, key)).or_default();
    if *under != rate {
        starts.clear();
        *under = rate;
    }
    let Some(rate) = rate else {
        return;
    };
    starts.push(now);
    starts.retain(|at| at.0 + rate.per_ms > now.0);
    assert!(starts.len() <= rate.count as usize, "{rate:?}: {starts:?}");
}

/// Dead messages do not become more than there may be, or might be when the last of those died
/// that are not durably dead.
pub(super) fn dead(world: &mut World, queue: QueueId) {
    let entry = world.broker.entry(queue).expect("it is there");
    let (count, most) = (entry.queue.dead_count(), entry.queue.settings().dead_max);
    let log = entry.queue.log();
    let commits = world.store.line.iter().chain(&world.store.again);
    let is_quiet = commits.flat_map(|it| &it.changes).all(|it| it.log() != log);
    let bound = world
        .checks
        .dead
        .entry(queue)
        .or_insert_with(|| most.max(count));
    *bound = most.max(*bound);
    assert!(count <= *bound, "{count} dead, {bound} may be");
    if is_quiet {
        *bound = most.max(count);
    }
}
