//! A seeded simulation of the core: one registrar and many sessions, driven through the same
//! functions as the executor threads drive them, by a virtual clock and a random schedule.
//!
//! **Invariant:** a seed decides everything. The world asks no clock and no randomness but its own.
//! **Invariant:** the world delivers what the real executor delivers and drops what it drops; only
//! the order between different pairs of sessions is its choice.
//!
//! Start reading at `world.rs`; what must hold is in `check/`, one file for each promise.
#![expect(
    clippy::large_enum_variant,
    clippy::ref_option,
    clippy::unused_self,
    clippy::enum_variant_names,
    clippy::single_match_else,
    reason = "the shapes mirror those of the core, and all checkers look alike"
)]

mod actions;
mod answers;
mod check;
mod client;
mod coverage;
mod env;
mod journal;
mod model;
mod names;
mod node;
mod quiet;
mod world;

use coverage::Coverage;
use journal::Journal;
use std::panic::{AssertUnwindSafe, catch_unwind};
use world::World;

/// Steps of one seed, unless the environment says otherwise.
const STEPS: u64 = 1500;
/// Seeds of an ordinary run.
const SEEDS: u64 = 96;

/// Plays one seed to its end and gives its journal and what it met.
fn play(seed: u64, steps: u64, journal: Journal) -> (Journal, Coverage) {
    let mut world = World::new(seed, journal);
    let played = catch_unwind(AssertUnwindSafe(|| {
        world.begin();
        for _ in 0..steps {
            world.step();
        }
        quiet::settle(&mut world);
    }));
    if let Err(panic) = played {
        let reason = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("a panic without words");
        let tail = world.journal.tail();
        panic!(
            "seed {seed} of {steps} steps: {reason}\n--- before that:\n{tail}\n--- again: \
             `cargo xtask sim --first {seed} --seeds 1 --steps {steps}`; once it is mended, a line \
             `{seed} {steps}` in seeds.txt keeps it"
        );
    }
    (world.journal, world.coverage)
}

#[test]
fn random_lives_keep_every_promise() {
    let seeds = env::number(env::SEEDS).unwrap_or(SEEDS);
    let steps = env::number(env::STEPS).unwrap_or(STEPS);
    let first = env::number(env::FIRST).unwrap_or(0);
    let mut met = Coverage::default();
    for seed in first..first + seeds {
        met.add(play(seed, steps, Journal::short()).1);
    }
    // A simulation that stops meeting something checks nothing about it.
    met.assert_complete(seeds * steps);
}

#[test]
fn seeds_that_failed_once_never_fail_again() {
    for line in include_str!("seeds.txt").lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let mut words = line.split_whitespace().map(str::parse);
        let (Some(Ok(seed)), Some(Ok(steps))) = (words.next(), words.next()) else {
            panic!("`{line}` is no seed and number of steps");
        };
        play(seed, steps, Journal::short());
    }
}

#[test]
fn one_seed_twice_is_the_same_life() {
    for seed in [1, 77] {
        let (first, _) = play(seed, STEPS, Journal::whole());
        let (second, _) = play(seed, STEPS, Journal::whole());
        assert!(first.text().len() > 10_000, "a journal that says nothing");
        assert!(first.text() == second.text(), "seed {seed} differs");
    }
}
