//! When nothing goes wrong any more everything ends.

use super::super::Outcome;
use super::check;
use super::world::{FUNCTIONS, World};
use std::collections::BTreeSet;

/// More rounds than any seed needs.
const ROUNDS_MAX: u32 = 200_000;

/// Lets the world run on without faults until nothing is left to do.
pub(super) fn settle(world: &mut World) {
    world.is_healed = true;
    world.say(format_args!("healed"));
    world.offered.extend(FUNCTIONS);
    world.mute.clear();
    write(world);
    for (id, _) in world.queues() {
        let _ = world.broker.set_paused(id, false);
        match world.topic_of(id) {
            Some(topic) => _ = world.subscribe(&topic, FUNCTIONS[0]),
            None => world.bind_queue(id),
        }
    }
    for _ in 0..ROUNDS_MAX {
        write(world);
        while world.hand_over() {}
        let ids: Vec<_> = world.running.keys().copied().collect();
        for id in ids {
            let is_offered = world.is_offered(&world.running[&id]);
            let done = Outcome::Done {
                result: None,
                failed: BTreeSet::new(),
            };
            world.end(id, if is_offered { &done } else { &Outcome::Absent });
        }
        write(world);
        check::step(world);
        while world.hand_over() {}
        if !world.running.is_empty() {
            continue;
        }
        let Some(at) = world.broker.wake_at() else {
            at_rest(world);
            return;
        };
        world.now = world.now.max(at);
        world.tick();
    }
    panic!("it never ends");
}

/// Everything that is to be written is.
fn write(world: &mut World) {
    loop {
        world.retry();
        if world.store.line.is_empty() {
            return;
        }
        world.apply(false);
        world.tell();
    }
}

/// Nothing will happen any more, so nothing may be left.
fn at_rest(world: &World) {
    for (id, log) in world.queues() {
        let entry = world.broker.entry(id).expect("it was listed");
        assert_eq!(entry.queue.depth(), 0, "{log} stands still");
        entry.queue.audit_rest();
        let left = world
            .store
            .entries(&log)
            .filter(|(_, kept)| !kept.is_dead());
        assert_eq!(left.count(), 0, "{log} keeps what nobody knows");
    }
}
