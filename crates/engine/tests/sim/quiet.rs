//! The end of a life: workers stop doing things of their own accord, then answer what they were
//! asked, then leave, and what must hold at rest is checked in between.

use crate::actions::answer_task;
use crate::check;
use crate::names;
use crate::world::World;
use iii_engine::core::{Inbound, SessionId};

/// Brings everything to rest.
pub(crate) fn settle(world: &mut World) {
    for node in world.nodes.values_mut() {
        node.client.reads = true;
    }
    // Long enough for every deadline, every grace period and everybody who waits for a provider.
    let until = world
        .now
        .after_ms(names::limits().deadline_default_ms + 2 * names::BIND_TIMEOUT_MS);
    loop {
        calm(world, false);
        let Some(next) = next_tick(world).filter(|next| *next <= until) else {
            break;
        };
        world.now = world.now.max(next);
        for session in sessions(world) {
            world.tick(session);
        }
        world.tick_registrar();
        world.end_of_step();
    }
    world.checks.calls.assert_settled();
    world.checks.functions.assert_settled(&world.model);
    world.checks.registrants.assert_settled(&world.model);
    world.checks.announcements.assert_settled(&world.model);
    for node in world.nodes.values() {
        check::providers_agree(&node.client, &world.model);
    }
    if world.model.named_late > 0 {
        world.coverage.met("name late");
    }
    calm(world, true);
    check::load::assert_idle(world);
    leave(world);
}

/// Delivers everything until nothing moves; workers answer what they owe.
fn calm(world: &mut World, mute_speak: bool) {
    loop {
        let mut moved = false;
        let pairs: Vec<_> = world.links.keys().copied().collect();
        for pair in pairs {
            moved = true;
            world.cross(pair);
        }
        for session in sessions(world) {
            moved |= serve(world, session, mute_speak);
        }
        world.end_of_step();
        if !moved {
            return;
        }
    }
}

fn serve(world: &mut World, session: SessionId, mute_speak: bool) -> bool {
    let node = world.nodes.get_mut(&session).expect("a live session");
    if node.closing {
        world.end(session, "is closed at last");
        return true;
    }
    if !node.down.is_empty() {
        world.read(session);
        return true;
    }
    let client = &mut node.client;
    if let Some(answer) = client.answer_trigger() {
        node.up.push_back(Inbound::Message(answer));
    } else if (!client.nature.mute || mute_speak)
        && let Some(task) = client.tasks.pop()
    {
        let answer = answer_task(task, &mut world.rng, &mut world.checks);
        node.up.push_back(Inbound::Message(answer));
    }
    let heard = !node.up.is_empty();
    world.hear(session);
    heard
}

fn sessions(world: &World) -> Vec<SessionId> {
    world.nodes.keys().copied().collect()
}

fn next_tick(world: &World) -> Option<iii_engine::core::Moment> {
    let sessions = world.nodes.values().map(|node| node.session.next_tick());
    sessions.chain(world.registrar_due()).min()
}

/// Everybody goes; nothing of them stays but what was bound by function calls.
fn leave(world: &mut World) {
    while let Some(session) = world.nodes.keys().next().copied() {
        world.end(session, "goes home");
        calm(world, true);
    }
    let catalog = world.catalog();
    assert!(catalog.workers.is_empty(), "workers stay");
    assert!(catalog.functions.is_empty(), "functions stay");
    assert!(catalog.trigger_types.is_empty(), "trigger types stay");
    assert!(world.links.is_empty(), "something is still under way");
}
