//! A seeded simulation of the queues: a broker over a store whose commits are slow and fail,
//! functions that fail, hang and go away, and a process that dies.
//!
//! **Invariant:** a seed decides everything. The world asks no clock and no randomness but its own.
//! **Invariant:** the world does with the broker what the worker's shell does, and nothing else.
//!
//! Start reading at `world.rs`; what must hold is in `check/`, one file for each promise.

mod actions;
mod check;
mod env;
mod journal;
mod quiet;
mod settings;
mod store;
mod world;

use journal::Journal;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use world::World;

/// Steps of one seed, unless the environment says otherwise.
const STEPS: u64 = 800;
/// Seeds of an ordinary run.
const SEEDS: u64 = 16;
/// Steps after which everything must have been met.
const ENOUGH_STEPS: u64 = 12_000;

/// What every run of some length must have met.
const NEEDED: [&str; 28] = [
    "handed over",
    "batch",
    "another attempt",
    "in a group",
    "gone",
    "kept",
    "dead",
    "expired",
    "again",
    "dropped",
    "new",
    "replaced",
    "known",
    "undecided",
    "full",
    "published",
    "partly failed",
    "done",
    "failed",
    "returned",
    "absent",
    "reported",
    "unsubscribed",
    "configured",
    "purged",
    "revived",
    "given up",
    "crash",
];

/// Plays one seed to its end and gives its journal and what it met.
fn play(seed: u64, steps: u64, journal: Journal) -> (Journal, BTreeMap<&'static str, u64>) {
    let mut world = World::new(seed, journal);
    let played = catch_unwind(AssertUnwindSafe(|| {
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
    (world.journal, world.checks.met)
}

#[test]
fn random_queues_keep_every_promise() {
    let seeds = env::number(env::SEEDS).unwrap_or(SEEDS);
    let steps = env::number(env::STEPS).unwrap_or(STEPS);
    let first = env::number(env::FIRST).unwrap_or(0);
    let mut met = BTreeMap::<_, u64>::new();
    for seed in first..first + seeds {
        for (what, count) in play(seed, steps, Journal::short()).1 {
            *met.entry(what).or_default() += count;
        }
    }
    // A simulation that stops meeting something checks nothing about it.
    let missing = NEEDED.iter().filter(|what| !met.contains_key(**what));
    let missing: Vec<_> = missing.collect();
    let is_short = seeds * steps < ENOUGH_STEPS;
    assert!(
        is_short || missing.is_empty(),
        "never met: {missing:?} in {met:#?}"
    );
}

#[test]
fn seeds_that_failed_once_never_fail_again() {
    for line in include_str!("sim/seeds.txt").lines() {
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
