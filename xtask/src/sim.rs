//! `cargo xtask sim`: the simulators of the core and of the queues, longer than the tests run them
//! and with new seeds.

use crate::{clock, env, process};
use anyhow::Result;

/// The simulations that play random lives: package, target and test.
const TESTS: [(&str, &[&str], &str); 2] = [
    (
        "iii-engine",
        &["--test", "sim"],
        "random_lives_keep_every_promise",
    ),
    (
        "iii-worker-queue",
        &["--lib"],
        "random_queues_keep_every_promise",
    ),
];

#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many seeds to play
    #[arg(long, default_value_t = 1000)]
    seeds: u64,
    /// Steps of each seed
    #[arg(long, default_value_t = 5000)]
    steps: u64,
    /// The first seed; another one every time when absent
    #[arg(long)]
    first: Option<u64>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let first = options.first.unwrap_or_else(clock::unix_seconds);
    eprintln!("seeds {first} to {}", first.saturating_add(options.seeds));
    for (package, target, test) in TESTS {
        let mut command = process::cargo(&["test", "--release", "--package", package]);
        command.args(target).args([test, "--", "--nocapture"]);
        command.env(env::SIM_FIRST, first.to_string());
        command.env(env::SIM_SEEDS, options.seeds.to_string());
        command.env(env::SIM_STEPS, options.steps.to_string());
        process::run(&mut command)?;
    }
    Ok(())
}
